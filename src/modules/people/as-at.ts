import { endOfLondonDay, Temporal } from '#platform/clock'
import type { Tx } from '#platform/db'
import type { Problem } from '#platform/views'

/** Whose a mention was, or is: this person's, somebody else's, or nobody's. */
export type Holder = 'this person' | 'somebody else' | 'nobody'

/** A mention that was this person's on the day, or is now. */
export interface BelievedMention {
  readonly id: string
  readonly recordId: string
  readonly role: string
  readonly forenames: string | null
  readonly surname: string | null
  readonly dob: Temporal.PlainDate | null
  readonly onDay: Holder
  readonly today: Holder
  /** The other person, where there is one whom the reader sees. */
  readonly thenId: string | null
  readonly nowId: string | null
  /** A later version of its record says otherwise since. */
  readonly replaced: boolean
}
export interface Believed {
  readonly day: Temporal.PlainDate
  readonly mentions: readonly BelievedMention[]
}

interface AsAt {
  readonly typed: string
  readonly day: Temporal.PlainDate | null
  readonly problem: Problem | null
}

/** The day that an address asks about (`?as-at=2026-03-01`); a day that cannot be is a problem, no day is none. */
export function readAsAt(query: unknown, today: Temporal.PlainDate): AsAt {
  const given: unknown = query !== null && typeof query === 'object' ? Reflect.get(query, 'as-at') : undefined
  const typed = typeof given === 'string' ? given.trim().slice(0, 20) : ''
  if (typed === '') return { typed, day: null, problem: null }
  const wrong = (message: string): AsAt => ({ typed, day: null, problem: { field: 'as-at', message } })
  if (!/^\d{4}-\d{2}-\d{2}$/.test(typed)) return wrong('Enter the day as year, month and day, such as 2026-03-01')
  try {
    const day = Temporal.PlainDate.from(typed, { overflow: 'reject' })
    return Temporal.PlainDate.compare(day, today) > 0
      ? wrong('The day must be today or in the past')
      : { typed, day, problem: null }
  } catch {
    return wrong('There is no such day: enter another')
  }
}

const MOST = 300

/**
 * Whom the mentions of an opened person were taken for at the end of a day in London, and are now. Logs the look, with the
 * records of then. Null when the person is not there for the one who asks.
 */
export async function believedOn(tx: Tx, personId: string, day: Temporal.PlainDate): Promise<Believed | null> {
  const moment = endOfLondonDay(day)
  const [opened] = await tx.sql<{ ok: boolean }>`select people.open_person_as_at(${personId}, ${moment}) as ok`
  if (opened?.ok !== true) return null
  const rows = await tx.sql<
    Omit<BelievedMention, 'onDay' | 'today'> & { readonly thenPerson: string | null; readonly nowPerson: string | null }
  >`
    with mine as (
      select mention_id from people.membership where person_id = ${personId}
        and (to_at is null or from_at < ${moment} and to_at >= ${moment}))
    select m.id, m.record_id as "recordId", m.role, m.forenames, m.surname, m.dob, m.superseded_at is not null as replaced,
      t.person_id as "thenPerson", n.person_id as "nowPerson", pt.id as "thenId", pn.id as "nowId"
    from people.mention m
    left join people.membership t on t.mention_id = m.id and t.from_at < ${moment} and (t.to_at is null or t.to_at >= ${moment})
    left join people.membership n on n.mention_id = m.id and n.to_at is null
    left join people.person pt on pt.id = t.person_id left join people.person pn on pn.id = n.person_id
    where m.id in (select mention_id from mine) order by m.recorded_at, m.id limit ${MOST}`
  const holder = (id: string | null): Holder =>
    id === null ? 'nobody' : id === personId ? 'this person' : 'somebody else'
  return {
    day,
    mentions: rows.map(({ thenPerson, nowPerson, ...row }) => ({
      ...row,
      onDay: holder(thenPerson),
      today: holder(nowPerson),
    })),
  }
}
