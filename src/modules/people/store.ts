import type { Temporal } from '#platform/clock'
import { onceInTx, type Tx } from '#platform/db'
import type { SearchKey, WantedKey } from './search.ts'

export type ClaimKind = 'claim' | 'break_glass'

/** A person as the lists and the head of their page have them. */
export interface PersonLine {
  readonly id: string
  readonly name: string
  readonly dob: Temporal.PlainDate | null
  readonly sex: string | null
  readonly roles: readonly string[]
  /** On how many records they are; null, and nothing in roles and reach, for a partner who is told who this is and no more. */
  readonly incidents: number | null
  readonly reach: readonly number[]
}

/** Somebody a search found whom one may see. */
export interface FoundPerson extends PersonLine {
  readonly kind: 'person'
  /** What of them agrees with the search: the number of the fact, and the key that agrees most. */
  readonly agrees: ReadonlyMap<number, SearchKey>
}

/** Somebody a search found whom one may not see yet: who knows them, and the mark by which they are opened. */
export interface Stub {
  readonly kind: 'stub'
  readonly knownTo: string
  /** Holds for this session and this search; says nothing of the person. */
  readonly mark: string
}

/** A mention as its record wrote it, with the person it is said to be, and why. */
export interface WrittenMention {
  readonly id: string
  readonly recordId: string
  /** Null when it is nobody's yet, and then nothing has decided. */
  readonly personId: string | null
  /** False when the person is not to be seen by whoever asks. */
  readonly visible: boolean
  readonly source: string
  readonly ref: string | null
  /** Its place in the record. */
  readonly seq: number
  readonly role: string
  readonly forenames: string | null
  readonly surname: string | null
  readonly knownAs: string | null
  readonly dob: Temporal.PlainDate | null
  readonly sex: string | null
  readonly language: string | null
  readonly nominal: string | null
  readonly custodyRef: string | null
  readonly address: string | null
  readonly postcode: string | null
  readonly phone: string | null
  /** Their address must not become known: it, the postcode and the telephone are not among what can be read. */
  readonly protectedPlace: boolean
  /** What they are to the suspect of the record. */
  readonly relationship: string | null
  readonly arrestedAt: Temporal.Instant | null
  readonly recordedAt: Temporal.Instant
  /** Logarithm to base 2 of how much likelier the agreement is for one person than for two; null when a person decided. */
  readonly weight: number | null
  readonly decidedAt: Temporal.Instant | null
  readonly model: string | null
  readonly decisionReason: string | null
}

/** A mention that is somebody's, and what joined it to them. */
export interface Mention extends WrittenMention {
  readonly personId: string
  readonly decidedAt: Temporal.Instant
  readonly decisionReason: string
}

export interface Look {
  readonly at: Temporal.Instant
  readonly who: string
  readonly organisation: string
  readonly role: string
  readonly action: string
  readonly purpose: string
  readonly reason: string
}

export interface OpenedPerson {
  readonly person: PersonLine
  readonly mentions: readonly Mention[]
  /** Of others on the same records. */
  readonly others: readonly Mention[]
  readonly looks: readonly Look[]
}

/** A record opened with a reason that waits for a supervisor. */
export interface WaitingClaim {
  readonly id: string
  readonly kind: ClaimKind
  readonly reason: string
  readonly at: Temporal.Instant
  readonly dueAt: Temporal.Instant
  readonly moreAsked: boolean
  /** Null when the person is none of the supervisor's: then the supervisors of theirs decide. */
  readonly person: { readonly id: string; readonly name: string } | null
  /** Who opened it, and where they work now. */
  readonly by: { readonly who: string; readonly organisation: string }
}

export const FINDINGS = ['justified', 'not_justified', 'ask_more'] as const
export type Finding = (typeof FINDINGS)[number]

/** How many mentions and how many looks a page shows at most. */
export const MOST_MENTIONS = 300
export const MOST_LOOKS = 50
/** How many mentions of others on the same records. */
const MOST_OTHERS = 1000

interface KeyColumns {
  /** The keys in this order. */
  readonly sorted: readonly WantedKey[]
  readonly kinds: string[]
  readonly values: string[]
  readonly facts: number[]
  readonly weights: number[]
}
/** The keys of a search side by side, those that weigh most first: the first that agrees is then what is said of a fact. */
function columnsOf(keys: readonly WantedKey[]): KeyColumns {
  const sorted = keys.toSorted((a, b) => b.weight - a.weight)
  return {
    sorted,
    kinds: sorted.map((key) => key.kind),
    values: sorted.map((key) => key.value),
    facts: sorted.map((key) => key.fact),
    weights: sorted.map((key) => key.weight),
  }
}

/** Finds at most fifty people, best first. Logs the search and everybody it shows, also when it shows nobody. */
export async function findPeople(tx: Tx, keys: readonly WantedKey[]): Promise<readonly (FoundPerson | Stub)[]> {
  const { sorted, kinds, values, facts, weights } = columnsOf(keys)
  const found = await tx.sql<{
    personId: string | null
    agrees: number[] | null
    knownTo: string | null
    mark: string | null
  }>`
    select person_id as "personId", agrees, known_to as "knownTo", mark
    from people.find(${kinds}, ${values}, ${facts}, ${weights})`
  const ids = found.map((row) => row.personId).filter((id) => id !== null)
  const people = new Map((await personLines(tx, ids)).map((row) => [row.id, row]))
  return found.flatMap(({ personId, agrees, knownTo, mark }): (FoundPerson | Stub)[] => {
    if (personId === null) return [{ kind: 'stub', knownTo: knownTo ?? '', mark: mark ?? '' }]
    const person = people.get(personId)
    const agreeing = (agrees ?? []).flatMap((place) => sorted[place - 1] ?? [])
    return person === undefined
      ? []
      : [{ kind: 'person', ...person, agrees: new Map(agreeing.map((key) => [key.fact, key])) }]
  })
}

/** People who have been logged as shown, as far as the acting person may know of their records. */
function personLines(tx: Tx, ids: readonly string[]): Promise<PersonLine[]> {
  return tx.sql<PersonLine>`
    select p.id, p.name, p.dob, p.sex, coalesce(t.roles, '{}') as roles, t.incidents, coalesce(t.reach, '{}') as reach
    from people.person p left join people.told_of(${ids}) t on t.person_id = p.id
    where p.id = any (${ids}) order by p.id`
}

/** How often somebody may break the glass: so many times within so many hours. */
export interface GlassLimit {
  readonly most: number
  readonly hours: number
}
/** What came of opening a record with a reason; null: nobody there that one may open. */
export type Claimed = { readonly id: string } | { readonly limit: GlassLimit } | null

/**
 * Opens the person that a stub stands for, with a reason.
 * @returns as `claimPerson`; 'changed' when nobody whom the search finds now has that mark
 */
export async function openStub(
  tx: Tx,
  keys: readonly WantedKey[],
  mark: string,
  kind: ClaimKind,
  reason: string,
): Promise<Claimed | 'changed'> {
  const { kinds, values, facts, weights } = columnsOf(keys)
  const [row] = await tx.sql<{ id: string | null }>`
    select people.stub_person(${kinds}, ${values}, ${facts}, ${weights}, ${mark}) as id`
  const id = row?.id ?? null
  return id === null ? 'changed' : claimPerson(tx, id, kind, reason)
}

/** Opens a record with a reason, for a working day or (break-glass, so often in a shift) an hour. */
export async function claimPerson(tx: Tx, personId: string, kind: ClaimKind, reason: string): Promise<Claimed> {
  const [row] = await tx.sql<{ id: string | null }>`select people.claim_record(${personId}, ${kind}, ${reason}) as id`
  if ((row?.id ?? null) !== null) return { id: personId }
  if (kind === 'claim') return null
  const [left] = await tx.sql<
    GlassLimit & { remaining: number }
  >`select remaining, most, hours from people.glass_left()`
  return left?.remaining === 0 ? { limit: { most: left.most, hours: left.hours } } : null
}

/** Logs that the person is opened, and only then reads; null when there is nobody there for the one who asks. */
export async function openPerson(tx: Tx, personId: string): Promise<OpenedPerson | null> {
  const [opened] = await tx.sql<{ ok: boolean }>`select people.open_person(${personId}) as ok`
  if (opened?.ok !== true) return null
  const [[person], { mentions }, looks] = await Promise.all([
    personLines(tx, [personId]),
    mentionsAround(tx, personId),
    tx.sql<Look>`
      select at, who, organisation, role, action, purpose, reason from people.looks_at(${personId}, ${MOST_LOOKS})`,
  ])
  if (person === undefined) return null
  const joined = mentions.filter(isJoined)
  return {
    person,
    mentions: joined.filter((mention) => mention.personId === personId).slice(0, MOST_MENTIONS),
    others: joined.filter((mention) => mention.personId !== personId).slice(0, MOST_OTHERS),
    looks,
  }
}

export const isJoined = (mention: WrittenMention): mention is Mention => mention.personId !== null

/** The mentions on the records of a person, theirs first, the latest first. */
export interface Around {
  readonly mentions: readonly WrittenMention[]
  /** False when there are more: a thousand of theirs and a thousand of others at most are read. */
  readonly isWhole: boolean
}
const MOST_AROUND = 1000

/** Reads them of a person whom this transaction has opened, as far as the acting person sees the records. */
export const mentionsAround = onceInTx(async (tx, personId): Promise<Around> => {
  const rows = await tx.sql<WrittenMention & { readonly place: number }>`
    select * from (
      select m.id, m.record_id as "recordId", b.person_id as "personId", p.id is not null as visible, m.source, m.mention_ref as ref, m.seq, m.role,
        m.forenames, m.surname, m.known_as as "knownAs", m.dob, m.sex, m.language, m.nominal, m.custody_ref as "custodyRef", m.address, m.postcode,
        m.phone, m.protected_place as "protectedPlace", m.relationship, m.arrested_at as "arrestedAt", m.recorded_at as "recordedAt",
        b.weight, d.at as "decidedAt", d.model, d.reason as "decisionReason",
        row_number() over (partition by b.person_id is not distinct from ${personId} order by m.recorded_at desc, m.id)::integer as place
      from people.mention m left join people.membership b on b.mention_id = m.id and b.to_at is null
      left join people.decision d on d.id = b.decision_id left join people.person p on p.id = b.person_id
      where m.record_id = any (array(select people.records_opened(${personId}))) and m.superseded_at is null) x
    where place <= ${MOST_AROUND} order by "personId" is not distinct from ${personId} desc, place`
  return {
    mentions: rows.map(({ place: _place, ...mention }) => mention),
    isWhole: rows.every(({ place }) => place < MOST_AROUND),
  }
})

/**
 * Declares one's own conflict of interest: from then on the person is not there for oneself, whatever else one may see.
 * False when they were not there before either, so that declaring cannot be used to ask whether somebody exists.
 */
export async function declareConflict(tx: Tx, personId: string, reason: string): Promise<boolean> {
  const [opened] = await tx.sql<{ ok: boolean }>`select people.open_person(${personId}) as ok`
  if (opened?.ok !== true) return false
  await tx.sql`insert into people.exclusion (account_id, person_id, reason) values (access.actor(), ${personId}, ${reason})`
  return true
}

/**
 * Break-glass and sampled claims that wait for review, longest due first, 200 at most. One's own are not among them.
 * Logs the people on them as reviewed, for their names.
 */
export async function waitingClaims(tx: Tx): Promise<readonly WaitingClaim[]> {
  const claims = await tx.sql<{ id: string; personId: string }>`
    select id, person_id as "personId" from people.claim
    where review_due is not null and reviewed_at is null and account_id <> access.actor() order by review_due, id limit 200`
  if (claims.length === 0) return []
  const ids = claims.map((claim) => claim.id)
  // somebody who was found to be another since is reviewed as the person they are now
  const now = await nowOf(
    tx,
    claims.map((claim) => claim.personId),
  )
  await tx.sql`select audit.record('review', ${[...new Set(now.values())]}, ${ids}, '{"what": "claims waiting"}')`
  const rows = await tx.sql<
    Omit<WaitingClaim, 'person' | 'by'> & Record<'personId' | 'name' | 'who' | 'organisation', string | null>
  >`
    select c.id, c.kind, c.reason, c.at, c.review_due as "dueAt", c.finding is not null as "moreAsked", p.id as "personId", p.name,
      n.name as who, n.place as organisation
    from people.claim c
    left join unnest(${[...now.keys()]}::uuid[], ${[...now.values()]}::uuid[]) as w (was, is_now) on w.was = c.person_id
    left join people.person p on p.id = w.is_now
    left join organisation.names_of(array(select account_id from people.claim where id = any (${ids}))) n on n.id = c.account_id
    where c.id = any (${ids}) order by c.review_due, c.id`
  return rows.map(({ personId, name, who, organisation, ...claim }) => ({
    ...claim,
    person: personId === null ? null : { id: personId, name: name ?? '' },
    by: { who: who ?? '', organisation: organisation ?? '' },
  }))
}

/** Who each of these persons is now: somebody else where they were found to be one. */
async function nowOf(tx: Tx, persons: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.sql<{ personId: string; nowId: string }>`
    select person_id as "personId", now_id as "nowId" from people.now_of(${persons})`
  return new Map(rows.map(({ personId, nowId }) => [personId, nowId]))
}

/**
 * Records what a supervisor finds of a claim on somebody whom they may see. To ask for more leaves it waiting.
 * False: it waits no longer, is their own, or is for the supervisors of another BCU.
 */
export async function reviewClaim(tx: Tx, claimId: string, finding: Finding): Promise<boolean> {
  const [claim] = await tx.sql<{
    personId: string
  }>`select person_id as "personId" from people.claim where id = ${claimId}`
  if (claim === undefined) return false
  const now = (await nowOf(tx, [claim.personId])).get(claim.personId)
  await tx.sql`select audit.record('review', ${[now]}, ${[claimId]}, '{"what": "claim"}')`
  const rows = await tx.sql<{ id: string }>`
    update people.claim set reviewed_by = access.actor(), finding = ${finding},
      reviewed_at = case when ${finding} = 'ask_more' then null else now() end
    where id = ${claimId} and review_due is not null and reviewed_at is null
      and exists (select from people.person p where p.id = ${now}) returning id`
  return rows.length > 0
}

/** How many claims wait for a supervisor, how many of them are broken glass, and how many wait longer than they should. */
export async function countWaiting(
  tx: Tx,
  now: Temporal.Instant,
): Promise<{ readonly waiting: number; readonly glass: number; readonly overdue: number }> {
  const [row] = await tx.sql<{ waiting: number; glass: number; overdue: number }>`
    select count(*) as waiting, count(*) filter (where kind = 'break_glass') as glass, count(*) filter (where review_due < ${now}) as overdue from people.claim
    where review_due is not null and reviewed_at is null and account_id <> access.actor()`
  return { waiting: row?.waiting ?? 0, glass: row?.glass ?? 0, overdue: row?.overdue ?? 0 }
}

/** The acting person's own postings that end within so many days, the soonest first; the last day is theirs. */
export async function endingPostings(
  tx: Tx,
  today: Temporal.PlainDate,
  withinDays: number,
): Promise<readonly { readonly role: string; readonly place: string; readonly lastDay: Temporal.PlainDate }[]> {
  return tx.sql<{ role: string; place: string; lastDay: Temporal.PlainDate }>`
    select p.role, coalesce(u.name, a.name, '') as place, p.valid_to - 1 as "lastDay" from organisation.posting p
    left join organisation.unit u on u.id = p.unit_id left join organisation.agency a on a.id = p.agency_id
    where p.account_id = access.actor() and p.valid_from <= ${today} and p.valid_to > ${today}
      and p.valid_to <= ${today.add({ days: withinDays + 1 })} order by p.valid_to, p.id`
}

/** A person shared with the acting person's agency. */
export interface AgencyShare {
  readonly personId: string
  readonly name: string
  readonly purpose: string
  readonly until: Temporal.Instant
}

/** Everybody shared with the acting person's agency now, whose share ends first at the top, 100 at most. Logs them as shown. */
export async function agencyShares(tx: Tx): Promise<readonly AgencyShare[]> {
  const shares = await tx.sql<{ personId: string }>`
    select distinct s.person_id as "personId" from people.share s
    where s.agency_id in (select organisation.my_agencies()) and s.ended_at is null and s.until > now() limit 100`
  if (shares.length === 0) return []
  const ids = shares.map(({ personId }) => personId)
  await tx.sql`select audit.record('search', ${ids}, '{}', '{"what": "people shared with the agency"}')`
  return tx.sql<AgencyShare>`
    select p.id as "personId", p.name, min(s.purpose) as purpose, max(s.until) as until
    from people.share s join people.person p on p.id = s.person_id
    where s.person_id = any (${ids}) and s.agency_id in (select organisation.my_agencies()) and s.ended_at is null and s.until > now()
    group by p.id, p.name order by until, p.id`
}

/** The sealed people whom the acting person is named for, the newest first, 100 at most. Logs them as shown. */
export async function ownSeals(
  tx: Tx,
): Promise<readonly { readonly personId: string; readonly name: string; readonly at: Temporal.Instant }[]> {
  const seals = await tx.sql<{ personId: string }>`
    select person_id as "personId" from people.seal_reader where account_id = access.actor() and ended_at is null
    order by at desc, person_id limit 100`
  if (seals.length === 0) return []
  const ids = seals.map(({ personId }) => personId)
  await tx.sql`select audit.record('search', ${ids}, '{}', '{"what": "sealed people named for"}')`
  return tx.sql`
    select p.id as "personId", p.name, r.at from people.seal_reader r join people.person p on p.id = r.person_id
    where r.account_id = access.actor() and r.person_id = any (${ids}) order by r.at desc, p.id`
}

/** The roles of the acting person now. */
export async function ownRoles(tx: Tx): Promise<readonly string[]> {
  const rows = await tx.sql<{ role: string }>`select r as role from organisation.my_roles() r order by r`
  return rows.map(({ role }) => role)
}

/** How many of one's own claims a supervisor has asked about. */
export async function countAsked(tx: Tx): Promise<number> {
  const [row] = await tx.sql<{ asked: number }>`
    select count(*) as asked from people.claim
    where account_id = access.actor() and finding = 'ask_more' and reviewed_at is null`
  return row?.asked ?? 0
}
