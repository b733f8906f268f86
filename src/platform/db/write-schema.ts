// Writes schema.sql and tables.generated.ts from the migrations: node src/platform/db/write-schema.ts
// Uses the server that TEST_ADMIN_URL names ("@DB@" stands for the database), or else an embedded one of its own.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbedded, type Embedded } from './embedded.ts'
import { migrate } from './migrate.ts'
import { readCatalogue } from './schema-read.ts'
import { schemaSql, tablesTs } from './schema-text.ts'

const ROOT = join(import.meta.dirname, '../../..')
const SCRATCH = `schema_${process.pid}`

async function writeFrom(url: (database: string) => string): Promise<void> {
  const server = new pg.Client(url('postgres'))
  await server.connect()
  try {
    await server.query(`create database ${SCRATCH}`)
    await migrate(url(SCRATCH))
    const client = new pg.Client(url(SCRATCH))
    await client.connect()
    const catalogue = await readCatalogue(client)
    await client.end()
    writeFileSync(join(ROOT, 'schema.sql'), schemaSql(catalogue))
    writeFileSync(join(import.meta.dirname, 'tables.generated.ts'), tablesTs(catalogue))
    console.log(
      `wrote schema.sql and tables.generated.ts: ${catalogue.tables.length} tables, ${catalogue.routines.length} functions`,
    )
  } finally {
    await server.query(`drop database if exists ${SCRATCH} with (force)`)
    await server.end()
  }
}

let embedded: Embedded | undefined
try {
  const named = process.env['TEST_ADMIN_URL']
  if (named) await writeFrom((database) => named.replace('@DB@', database))
  else {
    const server = await startEmbedded(join(ROOT, '.data/schema'), { fast: true })
    embedded = server
    await writeFrom((database) => server.url(database))
  }
} catch (error) {
  console.error(`write-schema: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
} finally {
  await embedded?.stop()
}
