import pg from 'pg'

/** A database of a test's own, migrated and empty. */
export interface FreshDatabase {
  /** The superuser's address: sees everything, so a test about access must not use it for its claims. */
  readonly adminUrl: string
  readonly name: string
  /** Removes it, with whatever is still connected to it. */
  drop(): Promise<void>
}

let made = 0

/**
 * Makes a copy of the migrated template: about a tenth of a second. One for each test file; drop it in `after`.
 * @param template another database of the test server to copy, to which nobody is connected
 * @throws Error when the tests were not started by `npm test`.
 */
export async function freshDatabase(template = 'tpl'): Promise<FreshDatabase> {
  const name = `t_${process.pid}_${made++}`
  // Copying files is the quick way here: the test server does not sync to disk.
  await onServer(`create database ${name} template ${template} strategy file_copy`)
  return { adminUrl: addressOf(name), name, drop: () => onServer(`drop database if exists ${name} with (force)`) }
}

/** The superuser's address of a database of the test server. */
export function addressOf(database: string): string {
  const pattern = process.env['TEST_ADMIN_URL']
  if (!pattern) throw new Error('no test database: run the tests through npm test, or npm test -- <file>')
  return pattern.replace('@DB@', database)
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client(addressOf('postgres'))
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
