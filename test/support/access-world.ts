// A seeded random force for the access tests: everybody who might look, people of every kind, and records that join them;
// with what each may see by the reference decision. Put in by the superuser, looked at as the web role.
import { createHash, randomUUID } from 'node:crypto'
import type pg from 'pg'
import { Temporal } from '#platform/clock'
import type { Scope } from '#platform/db'
import type { Actor, Incident, Person, Posting, Share } from '#test/reference-decision'

export interface Account extends Actor {
  readonly label: string
  /** What the session cookie of this account holds. */
  readonly token: string
  readonly tokenHash: Buffer
}
export interface Mention {
  readonly id: string
  readonly person: Person
  readonly incident: Incident
  readonly current: boolean
}
export interface AccessWorld {
  readonly now: Temporal.Instant
  readonly accounts: readonly Account[]
  readonly people: readonly Person[]
  readonly incidents: readonly Incident[]
  readonly mentions: readonly Mention[]
  readonly batch: string
  readonly agencies: readonly string[]
}
export type Row = Readonly<Record<string, unknown>>
/** The rows of each table, by its name. */
export type Rows = Readonly<Record<string, readonly Row[]>>

const KINDS = {
  account: 1,
  person: 2,
  incident: 3,
  mention: 4,
  agency: 5,
  unit: 6,
  decision: 7,
  batch: 8,
  other: 9,
  posting: 0,
}
const idOf = (kind: keyof typeof KINDS, n: number): string =>
  `0000000${KINDS[kind]}-0000-4000-8000-${String(n).padStart(12, '0')}`

/** Mulberry32: the same world for the same seed, on every machine. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * below)
  }
}

/** The cast: role, command (null: the whole force; a letter: an agency), first day and first day without, from today. */
const CAST: readonly (readonly [string, ...(readonly [string, number | string | null, number, number | null])[]])[] = [
  ['investigator 1', ['investigator', 1, -900, null]],
  ['investigator 2', ['investigator', 2, 0, 2]],
  ['da car 3', ['da_car', 3, -10, null]],
  ['supervisor 1', ['safeguarding_supervisor', 1, -10, null]],
  ['disclosure officer 2', ['disclosure_officer', 2, -10, null]],
  ['orders officer 3', ['orders_officer', 3, -10, null]],
  ['analyst of the force', ['analyst', null, -10, null]],
  ['lead of the force', ['lead_responsible_officer', null, -10, null]],
  ['idva', ['idva', 'A', -10, null]],
  ['partner', ['partner', 'B', -10, null]],
  ['partner of a suspended agency', ['partner', 'S', -10, null]],
  ['standards', ['professional_standards', null, -10, null]],
  ['administrator', ['administrator', null, -10, null]],
  ['auditor', ['auditor', null, -10, null]],
  ['leaver', ['investigator', 1, -10, 0]],
  ['partner who left', ['partner', 'A', -10, 0]],
  ['newcomer from the day after tomorrow', ['investigator', 1, 2, null]],
  ['mover from 1 to 2', ['investigator', 1, -10, 0], ['investigator', 2, 0, null]],
  ['investigator in 1 and 3', ['investigator', 1, -10, null], ['investigator', 3, -10, null]],
  ['nobody'],
  ['investigator turned administrator', ['investigator', 3, -10, 0], ['administrator', null, 0, null]],
  ['supervisor 3', ['safeguarding_supervisor', 3, -10, null]],
]

/** Whose claims have all been reviewed. */
export const REVIEWED = 'orders officer 3'

/** Makes the facts. Times are around `now`, well clear of it. */
export function makeAccessWorld(seed: number, now: Temporal.Instant): AccessWorld {
  const random = randomFrom(seed)
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T // the lists are not empty
  const someOf = <T>(list: readonly T[], n: number): T[] => [...new Set(Array.from({ length: n }, () => pick(list)))]
  const today = now.toZonedDateTimeISO('Europe/London').toPlainDate()
  const agencies = ['A', 'B', 'S'].map((_, n) => idOf('agency', n))
  const agencyOf = (letter: string): string => agencies['ABS'.indexOf(letter)] ?? ''
  const around = (): Temporal.Instant => now.add({ minutes: pick([-600, -50, -2, 20, 55]) })

  const drafts = Array.from({ length: 60 }, (_, n) => ({
    kind: 'person' as const,
    id: idOf('person', n),
    sealed: n % 8 === 0,
    bcus: [] as number[],
    shares: (n % 3 === 0 ? someOf(agencies, 2) : []).map((agency): Share => {
      const fields = pick([['identity'], ['incidents'], ['identity', 'incidents']])
      return { agency, fields, until: around(), ended: random(4) === 0 }
    }),
  }))
  const open = drafts.filter(({ sealed }) => !sealed)
  const incidents: Incident[] = []
  const mentions: Mention[] = []
  for (let n = 0; n < 90; n++) {
    // the first records give everybody one; 0 is the command of records that came without
    const people = n < 30 ? drafts.slice(n * 2, n * 2 + 2) : someOf(drafts, 1 + random(3))
    const formerly = n % 5 === 0 ? [pick(open)].filter((one) => !people.includes(one)) : []
    const bcu = n % 15 === 14 ? 0 : 1 + random(3)
    for (const person of people) if (!person.bcus.includes(bcu)) person.bcus.push(bcu)
    const incident: Incident = { kind: 'incident', id: idOf('incident', n), people, formerly }
    incidents.push(incident)
    for (const person of [...people, ...formerly])
      mentions.push({ id: idOf('mention', mentions.length), person, incident, current: people.includes(person) })
  }
  const sealed = drafts.filter((one) => one.sealed)
  const accounts = CAST.map(([label, ...posts], n): Account => {
    const postings = posts.map(([role, where, from, to]): Posting => ({
      role,
      ...(typeof where === 'string' ? { agency: { id: agencyOf(where), suspended: where === 'S' } } : { bcu: where }),
      from: today.add({ days: from }),
      to: to === null ? null : today.add({ days: to }),
    }))
    const hasWorked = posts.some(([role]) => !['idva', 'partner', 'auditor', 'administrator'].includes(role))
    const token = createHash('sha256').update(`${seed} ${label}`).digest('base64url')
    return {
      id: idOf('account', n),
      label,
      token,
      tokenHash: createHash('sha256').update(token).digest(),
      postings,
      claims: hasWorked ? someOf(drafts, 12).map(({ id }) => ({ person: id, until: around() })) : [],
      exclusions: [
        ...someOf(drafts, 5).map(({ id }) => ({ person: id, ended: random(4) === 0 })),
        // a conflict with somebody whom one is named for, and with somebody shared with one's agency
        ...[
          ...(label === 'standards' ? sealed.slice(-1) : []),
          ...(label === 'idva' ? open.filter(({ shares }) => shares.some((one) => one.agency === agencies[0])) : []),
        ]
          .slice(0, 1)
          .map(({ id }) => ({ person: id, ended: false })),
      ],
      namedFor: (label === 'standards' ? sealed : hasWorked ? someOf(sealed, 3) : []).map(({ id }) => id),
    }
  })
  return { now, accounts, people: drafts, incidents, mentions, batch: idOf('batch', 1), agencies }
}

const union = (people: readonly Person[]): number[] => [...new Set(people.flatMap(({ bcus }) => bcus))]
const pairsOf = <T>(list: readonly T[]): [T, T][] => list.slice(1).map((one, at) => [list[at] as T, one])

/** Every row of the world, in the order in which tables need each other. */
export function rowsOf(w: AccessWorld): Rows {
  const at = w.now.subtract({ hours: 1 }).toString()
  const [decision, run, first] = [idOf('decision', 1), idOf('other', 1), w.accounts[0]?.id]
  const units = [null, 1, 2, 3].map((bcu_id, n) => ({
    id: idOf('unit', n),
    kind: 'safeguarding',
    name: `Unit ${n}`,
    bcu_id,
  }))
  const unitOf = (bcu: number | null | undefined): string | undefined => units.find(({ bcu_id }) => bcu_id === bcu)?.id
  const staff = w.accounts.flatMap((account) => account.postings.map((posting) => ({ account, posting })))
  let other = 100
  let posting = 1
  const said = pairsOf(w.mentions).map(([a, b], n) => {
    return { id: idOf('other', 100_000 + n), a: a.id < b.id ? a.id : b.id, b: a.id < b.id ? b.id : a.id }
  })
  return {
    'auth.account': w.accounts.map(({ id, label }) => ({ id, issuer: 'test', subject: label, name: label })),
    'auth.session': w.accounts.map(({ id, tokenHash }) => ({
      account_id: id,
      token_hash: `\\x${tokenHash.toString('hex')}`,
    })),
    'organisation.force': [{ id: 'test', name: 'Test force', synthetic: true }],
    'organisation.bcu': [0, 1, 2, 3].map((id) => ({ id, code: `B${id}`, name: `Command ${id}` })),
    'organisation.borough': [1, 2, 3].map((bcu_id) => ({ code: `E0${bcu_id}`, name: `Borough ${bcu_id}`, bcu_id })),
    'organisation.unit': units,
    'organisation.agency': w.agencies.map((id, n) => ({
      id,
      name: `Agency ${n}`,
      kind: 'other',
      suspended_at: n === 2 ? at : null,
    })),
    'organisation.posting': staff.map(({ account, posting: { role, bcu, agency, from, to } }) => ({
      id: idOf('posting', posting++), account_id: account.id, role, unit_id: agency ? null : unitOf(bcu), agency_id: agency?.id ?? null,
      valid_from: from.toString(), valid_to: to?.toString() ?? null,
    })), // prettier-ignore
    'organisation.portfolio': [
      { id: run, account_id: w.accounts[7]?.id, theme: 'Domestic abuse', valid_from: '2024-01-01' },
    ],
    'people.person': w.people.map(({ id, sealed, bcus }) => ({
      id,
      name: `Person ${id.slice(-2)}`,
      sealed,
      reach: bcus,
    })),
    'people.decision': [{ id: decision, kind: 'link', reason: 'test' }],
    'people.mention': w.mentions.map(({ id, incident, current, person }, seq) => ({
      id, record_id: incident.id, seq, source: 'test', role: 'other', surname: person.id, reach: union(incident.people),
      sealed: incident.people.some((one) => one.sealed), superseded_at: current ? null : at,
    })), // prettier-ignore
    'people.membership': w.mentions.map(({ id, person, current }) => ({
      mention_id: id, person_id: person.id, decision_id: decision, to_at: current ? null : w.now.toString(), from_at: at,
    })), // prettier-ignore
    'people.seal_reader': w.accounts.flatMap(({ id, namedFor }) =>
      namedFor.map((person) => ({ person_id: person, account_id: id, reason: 'named', by_account: first })),
    ),
    'people.exclusion': w.accounts.flatMap(({ id, exclusions }) =>
      exclusions.map(({ person, ended }) => ({
        account_id: id,
        person_id: person,
        reason: 'kin',
        ended_at: ended ? at : null,
      })),
    ),
    'people.claim': w.accounts.flatMap(({ id, claims, label }) =>
      claims.map(({ person, until }, n) => ({
        // one in four is not drawn for review
        review_due: n % 4 === 0 ? null : until.toString(), id: idOf('other', other++), account_id: id, person_id: person, kind: 'claim', reason: 'a reason of some length',
        at: until.subtract({ hours: 2 }).toString(), until: until.toString(),
        reviewed_at: label === REVIEWED ? at : null, finding: label === REVIEWED ? 'justified' : null,
      })),
    ), // prettier-ignore
    'people.share': w.people.flatMap(({ id, shares }) =>
      shares.map(({ agency, fields, until, ended }) => ({
        id: idOf('other', other++), agency_id: agency, person_id: id, fields, purpose: 'marac', basis: 'law', decided_by: first,
        until: until.toString(), ended_at: ended ? at : null,
      })),
    ), // prettier-ignore
    'people.search_key': w.people.map(({ id }) => ({ kind: 'ref', value: id, person_id: id })),
    'incidents.batch': [{ id: w.batch, profile: 'test', source: 'test', started_by: first }],
    'incidents.batch_file': [{ batch_id: w.batch, name: 'a.csv', fingerprint: 'f' }],
    'incidents.upload': [{ id: w.batch, profile: 'test', by_account: first }],
    'incidents.upload_file': [{ upload_id: w.batch, seq: 1, name: 'a.csv', bytes: 1, fingerprint: 'f' }],
    'incidents.column_mapping': [{ profile: 'test', columns: {}, by_account: first }],
    'incidents.kept_record': [false, true].map((shut, n) => ({
      id: idOf('other', 200_000 + n), batch_id: w.batch, headers: {}, rows: [], taken: [], sealed: shut,
    })), // prettier-ignore
    'incidents.problem': [false, true].map((shut, n) => ({
      batch_id: w.batch, file: 'a.csv', line: 2 + n, field: 'dob', reason: 'no date', sealed: shut,
    })), // prettier-ignore
    'incidents.incident': w.incidents.map(({ id, people }) => ({
      id, source: 'test', ref: id, kind: 'crime', status: 'recorded', domestic: true, reported_at: at, bcu_id: 1, hash: 'h',
      batch_id: w.batch, reach: union(people), sealed: people.some((one) => one.sealed),
    })), // prettier-ignore
    'incidents.offence': w.incidents.flatMap(({ id }) =>
      [1, 2].map((seq) => ({ incident_id: id, seq, code: '8N', title: 'ABH' })),
    ),
    'incidents.incident_version': w.incidents.map(({ id }) => ({ incident_id: id, batch_id: w.batch, was: {} })),
    'incidents.involvement': w.incidents.flatMap(({ id, people }) =>
      pairsOf(people).map(([suspect, victim]) => ({
        suspect_id: suspect.id, victim_id: victim.id, incident_id: id, reported_at: at, harm_days: 1, harm_max: 1, harm_fallback: false,
        severe: false, arrested: false, bcu_id: 1, reach: union(people), sealed: people.some((one) => one.sealed),
      })),
    ), // prettier-ignore
    'linkage.run': [{ id: run, model: 'test', params: {} }], // which nobody but the worker reads
    'linkage.edge': pairsOf(w.mentions).map(([a, b]) => ({
      a: a.id,
      b: b.id,
      weight: 1,
      chance: 0.9,
      band: 'link',
      run_id: run,
    })),
    'linkage.judgement': said.map(({ id, a, b }) => ({
      id, kind: 'pair', a, b, answer: 'same', reason: 'a reason', by_account: first,
    })), // prettier-ignore
    'linkage.assertion': said.map(({ id, a, b }) => ({ judgement_id: id, a, b, verdict: 'same' })),
    'linkage.withdrawal': said
      .filter((_, n) => n % 2 === 0)
      .map(({ id }) => ({ judgement_id: id, reason: 'a reason', by_account: first })),
    'linkage.model': [
      { id: run, version: 1, name: 'test', status: 'draft', spec: {}, params: {}, calibration: {}, hash: 'h', trained_by: first },
    ], // prettier-ignore
    'linkage.model_report': [{ model_id: run, trained_on: 1 }],
    'linkage.model_change': said.map(({ a, b }) => ({ model_id: run, kind: 'join', a, b })),
    'linkage.training': [{ id: run, asked_by: first }],
    'targeting.harm_weight': [{ version: 'v', code: '8N', days: 1, fallback: false, source: 'test' }],
    'targeting.scoring': [{ one: true, version: 'v', scored_at: at }],
    'targeting.score': w.people.map(({ id, bcus, sealed }, n) => ({
      person_id: id, total: 1 + n, recency: 1, frequency: 1, gravity: 1, victims: 1, incidents_24m: 1,
      harm_days: 1, harm_max: 1, harm_fallback: false, victims_36m: 1, last_at: at, serial: false, escalating: false,
      unarrested: false, bcus, boroughs: [], reach: bcus, sealed,
    })), // prettier-ignore
    'targeting.choice': w.people.map(({ id, bcus }) => ({
      id: idOf('other', other++), person_id: id, decision: 'target', reason: 'a reason of some length', review_on: '2031-01-01',
      score: {}, operation_id: id, by_account: first, reach: bcus,
    })), // prettier-ignore
  }
}

/** Puts the world into a migrated, empty database. */
export async function loadAccessWorld(admin: pg.Client, w: AccessWorld): Promise<void> {
  for (const [table, rows] of Object.entries(rowsOf(w))) {
    const columns = Object.keys(rows[0] ?? {}).join(', ')
    await admin.query(
      `insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1::jsonb)`,
      [JSON.stringify(rows)],
    )
  }
}

/** The scope of an account, in the session it opened when it still had a post. */
export function scopeOf(account: Account): Scope {
  return { tokenHash: account.tokenHash, purpose: 'test', route: 'test', requestId: randomUUID() }
}
