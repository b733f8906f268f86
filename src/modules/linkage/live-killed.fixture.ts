// A worker that takes in records one after another and links each as it comes, to be killed at any moment:
// node live-killed.fixture.ts URL RECORDS
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { openPool } from '#platform/db'
import { seededRandom } from './engine/random.ts'
import { LiveLinking } from './live-linking.ts'
import { partner, type Party } from './linkage.fixture.ts'

const uuidOf = (text: string): string => {
  const hex = createHash('sha256').update(text).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

export const recordId = (n: number): string => uuidOf(`record ${n}`)

/** The n-th of the invented records, the same in every process; forty couples come back again and again. */
function partiesOf(n: number): Party[] {
  const random = seededRandom(n)
  const couple = Math.floor(random() * 44)
  return (['victim', 'suspect'] as const).map((role): Party => {
    const party = partner(couple, role)
    return {
      ...party,
      ...(random() < 0.2 && { postcode: `N${1 + Math.floor(random() * 9)} 1AA` }),
      ...(random() < 0.15 && { surname: `${party.surname?.slice(0, 3)}${party.surname?.slice(4)}` }),
      ...(random() < 0.05 && { role: role === 'victim' ? 'suspect' : 'victim' }),
      ...(random() < 0.03 && { policeEmployee: true }),
    }
  })
}

/** Writes the n-th record. */
export async function putNumbered(client: pg.ClientBase, n: number): Promise<void> {
  const id = recordId(n)
  await client.query(
    `insert into incidents.incident (id, source, ref, kind, status, domestic, reported_at, bcu_id, flags, summary, hash, batch_id, reach)
     values ($1, 'RMS', $2, 'crime', 'recorded', true, '2026-02-01T20:15:00Z', $3, '{DA}', 'Invented report', $2, $1, array[$3::smallint])`,
    [id, `88/${1_000_000 + n}/26`, 1 + (n % 2)],
  )
  for (const [at, party] of partiesOf(n).entries()) {
    await client.query(
      `insert into people.mention (id, record_id, seq, source, role, forenames, surname, dob, sex, postcode, phone, police_employee, reach)
       values ($1, $2, $3, 'RMS', $4, $5, $6, $7, $8, $9, $10, $11, array[$12::smallint])`,
      [
        uuidOf(`mention ${n} ${at}`), id, at + 1, party.role, party.forenames, party.surname, party.dob, party.sex, party.postcode, party.phone,
        party.policeEmployee ?? false, 1 + (n % 2),
      ], // prettier-ignore
    )
  }
}

async function main(url: string, from: number, to: number): Promise<void> {
  const pool = openPool(url, 2)
  const linking = new LiveLinking(pool)
  const client = await pool.connect()
  // the server may still be ending what the one before was at
  for (let others = 1; others > 0; await delay(20)) {
    const { rows } = await client.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity where usename = current_user and datname = current_database()
         and pid <> pg_backend_pid() and state <> 'idle'`,
    )
    others = rows[0]?.n ?? 0
  }
  process.stdout.write('ready\n')
  for (let n = from; n < to; n++) {
    const { rowCount } = await client.query('select from incidents.incident where id = $1', [recordId(n)])
    if (rowCount !== 0) continue
    await linking.ready()
    await client.query('begin')
    await putNumbered(client, n)
    await linking.came(client, [recordId(n)])
  }
  client.release()
  await pool.end()
}

const [url, from, to] = process.argv.slice(2)
if (import.meta.main && url !== undefined) await main(url, Number(from), Number(to))
