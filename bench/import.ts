import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { runImport } from '#modules/incidents'
import { median, print, say, shown, timed } from './figure.ts'
import { withGround } from './ground.ts'
import { writeRecords } from './records.ts'

// The baseline, two ways, both COPY over the same connection into tables without key, index, policy or trigger, durable:
// - `copy_ratio`: the bytes that the import comes to, that is the rows of its tables as COPY text.
// - `file_ratio`: the bytes of the file as it came, into one table of text columns. It is the harder one: nothing is read.
const TABLES = ['incidents.incident', 'incidents.offence', 'people.mention'] as const
const ROUNDS = 3

async function copyIn(client: pg.Client, file: string, statement: string): Promise<void> {
  await pipeline(createReadStream(file, { highWaterMark: 1 << 18 }), client.query(copyFrom(statement)))
}

/** Taking in a year's records through the real import. */
export async function importBench(size: number): Promise<void> {
  await withGround(async ({ folder, admin, worker }) => {
    const file = join(folder, 'records.csv')
    const written = await writeRecords(file, size)
    const megabytes = (await stat(file)).size / 1e6
    say(`wrote ${written.rows} rows, ${written.mentions} mentions, ${megabytes.toFixed(0)} MB`)
    await admin.query('set synchronous_commit = on')

    const before = process.memoryUsage.rss()
    let peak = before
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 50)
    const report = await runImport(worker, { paths: [file], profile: 'rms' })
    clearInterval(watch)
    if (report.added !== size || report.rejected > 0) throw new Error(`took in ${report.added} of ${size} incidents`)
    say(`import: ${report.seconds} s`)

    // what came of it, as files of COPY text, put back into bare tables
    const bare: string[] = []
    for (const table of TABLES) {
      const name = `bare_${table.split('.')[1]}`
      await admin.query(`create table ${name} as select * from ${table} with no data`)
      await admin.query(`copy ${table} to '${join(folder, 'postgres', name)}'`)
      bare.push(name)
    }
    await admin.query(`create table bare_file (${written.header.map((column) => `${column} text`).join(', ')})`)
    const [rows, whole]: [number[], number[]] = [[], []]
    for (let round = 0; round < ROUNDS; round++) {
      await admin.query(`truncate bare_file, ${bare.join(', ')}`)
      await admin.query('checkpoint')
      rows.push(
        await timed(async () => {
          for (const name of bare) await copyIn(admin, join(folder, 'postgres', name), `copy ${name} from stdin`)
        }),
      )
      await admin.query('checkpoint')
      whole.push(await timed(() => copyIn(admin, file, 'copy bare_file from stdin with (format csv, header)')))
    }
    say(`COPY of the rows: ${shown(rows, 'ms')}`)
    say(`COPY of the file: ${shown(whole, 'ms')}`)

    const took = report.seconds * 1000
    const figure = (name: string, value: number, unit: string, baseline: number): void =>
      print({ bench: 'import', figure: name, value, unit, baseline, n: size })
    figure('copy_ratio', took / median(rows), 'times', median(rows))
    figure('file_ratio', took / median(whole), 'times', median(whole))
    figure('rows_per_s', written.rows / report.seconds, 'rows/s', (written.rows / median(rows)) * 1000)
    figure('peak_mb', peak / 1e6, 'MB', before / 1e6)
  })
}
