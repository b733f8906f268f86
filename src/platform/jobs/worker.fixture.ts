// A worker process for the tests, to be killed: node worker.fixture.ts. WORKER_URL: the database as dauntless_worker.
// Its job "test.slow" writes "began"; then, in the first process, it waits for the kill, and in a later one writes "done".
import { systemClock } from '#platform/clock'
import { openPool } from '#platform/db'
import { openJobs } from './index.ts'
import { HASTY } from './jobs.fixture.ts'

const pool = openPool(process.env['WORKER_URL'] ?? '', 2)
const queuePool = openPool(process.env['WORKER_URL'] ?? '', 2)
const jobs = await openJobs({
  pool,
  queuePool,
  jobs: {
    'test.slow': async ({ id = '' }) => {
      const { rows } = await pool.query<{ n: number }>(
        'with w as (insert into jobs.note (said) values ($1)) select count(*) as n from jobs.note where said = $1',
        [`began ${id}`],
      )
      if (rows[0]?.n === 0) await new Promise(() => {})
      await pool.query('insert into jobs.note (said) values ($1)', [`done ${id}`])
    },
  },
  subscribers: [],
  clock: systemClock,
  folder: '.',
  onFault: (fault) => console.error(JSON.stringify(fault)),
  patience: HASTY,
})
process.on('SIGTERM', () => {
  void jobs
    .stop()
    .then(() => Promise.all([pool.end(), queuePool.end()]))
    .then(() => process.exit(0))
})
