import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { checkTargets, generate } from './index.ts'

describe('a tenth of the synthetic London', () => {
  it('meets every target within its stated band', async (test) => {
    const folder = await mkdtemp(join(tmpdir(), 'synthetic-'))
    test.after(() => rm(folder, { recursive: true, force: true }))
    const progress: number[] = []
    const summary = await generate({
      out: folder,
      scale: 0.1,
      onProgress: (done, total) => progress.push(done / total),
    })
    assert.equal(summary.recordedOffences, 23590)
    assert.equal(progress.length, 12)
    assert.equal(progress.at(-1), 1)
    const targets = await checkTargets(folder)
    assert.ok(targets.length > 160, String(targets.length))
    assert.deepEqual(
      targets.filter((target) => !target.ok),
      [],
    )
  })
})
