import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openMetrics } from './index.ts'

const lineOf = (text: string, start: string): string | undefined =>
  text.split('\n').find((line) => line.startsWith(start))

describe('the metrics', () => {
  it('count requests by route template and status', async () => {
    const metrics = openMetrics()
    metrics.request('GET', '/people/:id', 200, 0.2)
    metrics.request('GET', '/people/:id', 200, 0.4)
    const text = await metrics.text()
    const labels = '{method="GET",route="/people/:id",status="200"}'
    assert.equal(lineOf(text, `dauntless_request_seconds_count${labels}`)?.split(' ').at(-1), '2')
    assert.match(text, /dauntless_request_seconds_bucket\{le="0.3",method="GET",route="\/people\/:id",status="200"\} 1/)
  })

  it('show figures as they are when asked, and leave out one that cannot be read', async () => {
    const metrics = openMetrics()
    let jobs = 1
    metrics.add({ name: 'test_jobs', help: 'x', label: 'state', read: () => ({ waiting: jobs, [`gone${jobs}`]: 1 }) })
    metrics.add({ name: 'test_lag', help: 'x', read: () => Promise.resolve({ '': 2.5 }) })
    metrics.add({ name: 'test_broken', help: 'x', read: () => Promise.reject(new Error('away')) })
    assert.match(await metrics.text(), /^test_jobs\{state="waiting"\} 1$/m)
    jobs = 7
    const text = await metrics.text()
    assert.match(text, /^test_jobs\{state="waiting"\} 7$/m)
    assert.equal(lineOf(text, 'test_jobs{state="gone1"}'), undefined)
    assert.match(text, /^test_lag 2.5$/m)
    assert.equal(lineOf(text, 'test_broken'), undefined)
  })

  it('are served at /metrics and nowhere else', async () => {
    const server = await openMetrics().listen(0, '127.0.0.1')
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    const found = await fetch(`${url}/metrics`)
    assert.match(await found.text(), /process_cpu_seconds_total/)
    assert.equal((await fetch(`${url}/`)).status, 404)
    server.closeAllConnections()
    server.close()
  })
})
