import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { inTransaction } from '#platform/db'
import { serviceScope, type Arrivals } from '#modules/incidents'
import { BCU, type World } from '#test/world'
import { applyAssignment, type Applied } from './apply.ts'
import { linkForce, type LinkReport } from './batch.ts'

/** A party of an invented record; what is left out is not recorded. */
export interface Party {
  readonly role?: 'victim' | 'suspect' | 'witness' | 'child'
  readonly forenames?: string
  readonly surname?: string
  readonly dob?: string
  readonly sex?: 'M' | 'F'
  readonly postcode?: string
  readonly phone?: string
  readonly nominal?: string
  readonly policeEmployee?: boolean
  readonly protectedPlace?: boolean
}

export interface MadeRecord {
  readonly id: string
  /** Ids of the mentions, in the order of the parties. */
  readonly mentions: readonly string[]
}

let references = 0

/** Writes a record with its parties as an import would, in a BCU. */
export async function putRecord(admin: pg.ClientBase, bcu: number, parties: readonly Party[]): Promise<MadeRecord> {
  const id = randomUUID()
  await admin.query(
    `insert into incidents.incident (id, source, ref, kind, status, domestic, reported_at, bcu_id, flags, summary, hash, batch_id, reach)
     values ($1, 'RMS', $2, 'crime', 'recorded', true, '2026-02-01T20:15:00Z', $3, '{DA}', 'Invented report', $2, $4, $5)`,
    [id, `77/${String(1_000_000 + references++)}/26`, bcu, randomUUID(), [bcu]],
  )
  const mentions: string[] = []
  for (const [place, party] of parties.entries()) mentions.push(await putMention(admin, id, place + 1, bcu, party))
  return { id, mentions }
}

/** Writes one party of a record. */
export async function putMention(
  admin: pg.ClientBase,
  record: string,
  seq: number,
  bcu: number,
  party: Party,
): Promise<string> {
  const id = randomUUID()
  await admin.query(
    `insert into people.mention (id, record_id, seq, source, role, forenames, surname, dob, sex, postcode, phone, nominal,
       police_employee, protected_place, reach) values ($1, $2, $3, 'RMS', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      id, record, seq, party.role ?? 'suspect', party.forenames, party.surname, party.dob, party.sex, party.postcode, party.phone,
      party.nominal, party.policeEmployee ?? false, party.protectedPlace ?? false, [bcu],
    ], // prettier-ignore
  )
  return id
}

/** Supersedes a mention as a later version of its record does. */
export async function supersede(admin: pg.ClientBase, mention: string): Promise<void> {
  await admin.query('update people.mention set superseded_at = now() where id = $1', [mention])
  await admin.query('update people.membership set to_at = now() where mention_id = $1 and to_at is null', [mention])
}

/** Applies clusters of mentions, each a list of ids, as a linkage run would. */
export async function assign(force: World, clusters: readonly (readonly string[])[]): Promise<Applied> {
  const scope = await serviceScope(force.workerPool, 'link records', 'test')
  return inTransaction(force.workerPool, async (client) => {
    await client.query('select access.begin($1, $2, $3, $4, $5)', [
      scope.tokenHash,
      scope.purpose,
      '',
      scope.route,
      scope.requestId,
    ])
    await client.query('create temp table assignment (mention_id uuid, cluster integer, weight real) on commit drop')
    for (const [cluster, mentions] of clusters.entries()) {
      await client.query('insert into assignment select unnest($1::uuid[]), $2, 20', [mentions, cluster])
    }
    return applyAssignment(client, 'test', 'test model')
  })
}

const FORENAMES = 'Alva Bren Cato Dara Elin Ferro Gwil Hana Ivo Juno Kael Lio Mira Nils Orla Pim Rhea Sten Tova Wren'.split(' ') // prettier-ignore
const SURNAMES = 'Ashgrove Birchall Coldwell Dunmore Eastbrook Fernhill Greyfell Hartnoll Ironwell Kestrel'.split(' ')
const of = (list: readonly string[], at: number): string => list[at % list.length] ?? ''
const two = (value: number): string => String(value).padStart(2, '0')

/** A party of one of forty invented couples, each alike on every record, so that there is something to learn from. */
export function partner(couple: number, role: 'victim' | 'suspect'): Party {
  const at = couple * 2 + (role === 'victim' ? 0 : 1)
  return {
    role,
    forenames: of(FORENAMES, at * 7 + Math.floor(at / 20)),
    surname: of(SURNAMES, at * 3 + Math.floor(at / 10)),
    dob: `${1955 + ((at * 13) % 45)}-${two(1 + ((at * 5) % 12))}-${two(2 + ((at * 11) % 26))}`,
    sex: role === 'victim' ? 'F' : 'M',
    postcode: `E${1 + (couple % 9)} ${couple % 10}CK`,
    phone: `07700 9${two(Math.floor(at / 10))}${two(at)}`.slice(0, 12),
  }
}

/** Puts forty couples on two or three records each, in turn in one command and the other. */
export async function putCouples(admin: pg.Client): Promise<MadeRecord[][]> {
  const made: MadeRecord[][] = []
  for (let couple = 0; couple < 40; couple++) {
    const pair = [partner(couple, 'victim'), partner(couple, 'suspect')]
    const records: MadeRecord[] = []
    for (let record = 0; record < 2 + (couple % 2); record++) {
      records.push(await putRecord(admin, couple % 2 === 0 ? BCU.AW : BCU.CN, pair))
    }
    made.push(records)
  }
  return made
}

/** Runs the linkage on all that stands. */
export async function link(force: World): Promise<LinkReport> {
  return linkForce(force.workerPool, await serviceScope(force.workerPool, 'link records', 'test'))
}

/** Whose a mention is now; null when nobody's. */
export async function personOf(admin: pg.Client, mention: string | undefined): Promise<string | null> {
  const { rows } = await admin.query<{ person_id: string }>(
    'select person_id from people.membership where mention_id = $1 and to_at is null',
    [mention],
  )
  return rows[0]?.person_id ?? null
}

export interface PersonRow {
  readonly name: string
  readonly incidents: number
  readonly reach: readonly number[]
  readonly sealed: boolean
  readonly merged_into: string | null
}

export async function person(admin: pg.Client, id: string | null): Promise<PersonRow> {
  const { rows } = await admin.query<PersonRow>(
    'select name, incidents, reach, sealed, merged_into from people.person where id = $1',
    [id],
  )
  const [row] = rows
  if (row === undefined) throw new Error('no such person')
  return row
}

/** Does something to records in one transaction, as an import does, and has them linked in it. */
export async function arrive<T extends { readonly id: string }>(
  force: World,
  linking: Arrivals,
  work: (client: pg.ClientBase) => Promise<T>,
): Promise<T> {
  const client = await force.workerPool.connect()
  try {
    await linking.ready()
    await client.query('begin')
    await linking.begun(client)
    const made = await work(client)
    await linking.came(client, [made.id])
    return made
  } finally {
    client.release()
  }
}
