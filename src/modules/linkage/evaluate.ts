import type pg from 'pg'
import { inTransaction, type Pool, type Scope } from '#platform/db'
import { evaluateClusters, evaluateSlices, type Measure } from './engine/index.ts'

/** Who each mention really is, by the reference its source gave it. */
export type Truth = ReadonlyMap<string, { readonly person: string; readonly nameGroup: string; readonly sex: string }>

export interface Shares {
  readonly precision: number
  readonly recall: number
  readonly f1: number
  /** Pairs of mentions of one human being. */
  readonly truePairs: number
}

export interface Evaluation {
  readonly mentions: number
  /** Mentions of the truth that no record brought in. */
  readonly notTakenIn: number
  readonly people: number
  readonly persons: number
  /** What was linked without a person looking: every pair of mentions within one person. */
  readonly automatic: Shares
  readonly bCubed: { readonly precision: number; readonly recall: number; readonly f1: number }
  /** Persons that hold exactly the mentions of one human being, as shares of the persons and of the people. */
  readonly exact: Shares
  /**
   * True pairs that may be linked unseen at all: both named, and not victim here and suspect there. `recall` is the
   * share of them that was linked.
   */
  readonly linkable: { readonly truePairs: number; readonly recall: number }
  /** Pairs put up for review: how many, the share of them that are one human being, and recall if all those are confirmed. */
  readonly review: { readonly pairs: number; readonly precision: number; readonly recallIfConfirmed: number }
  readonly byNameGroup: Readonly<Record<string, Shares>>
  readonly bySex: Readonly<Record<string, Shares>>
  readonly byMissing: Readonly<Record<string, Shares>>
}

interface Judged {
  readonly id: string
  readonly ref: string
  readonly person_id: string
  readonly role: string
  readonly named: boolean
  readonly missing: string
}

/**
 * How well the persons of the force agree with a truth file: for invented records, the only ones of which it is known.
 * @param pool connected as dauntless_worker
 * @throws RangeError when no mention of the truth has been taken in and linked
 */
export async function evaluateLinkage(pool: Pool, scope: Scope, truth: Truth): Promise<Evaluation> {
  return inTransaction(pool, async (client) => {
    await client.query('set local statement_timeout = 0')
    await client.query('select access.begin($1, $2, $3, $4, $5)', [
      scope.tokenHash,
      scope.purpose,
      scope.reason ?? '',
      scope.route,
      scope.requestId,
    ])
    const judged = (await readJudged(client)).filter((mention) => truth.has(mention.ref))
    if (judged.length === 0) throw new RangeError('no mention of this truth has been taken in and linked')
    const review = await readReview(client, judged)
    await client.query(`select audit.record('combine', '{}', '{}', $1)`, [
      JSON.stringify({ what: 'linkage evaluation', mentions: judged.length }),
    ])
    return evaluationOf(judged, review, truth)
  })
}

async function readJudged(client: pg.ClientBase): Promise<Judged[]> {
  const { rows } = await client.query<Judged>(`
    select m.id, m.mention_ref as ref, b.person_id, m.role, coalesce(m.forenames, m.surname) is not null as named,
      coalesce(nullif(concat_ws(', ', case when coalesce(m.forenames, m.surname) is null then 'names' end,
        case when m.dob is null then 'date of birth' end, case when m.postcode is null then 'postcode' end), ''), 'nothing') as missing
    from people.mention m join people.membership b on b.mention_id = m.id and b.to_at is null
    where m.superseded_at is null and m.mention_ref is not null order by m.id`)
  return rows
}

/** The pairs for review, as places in the list of mentions. */
async function readReview(client: pg.ClientBase, judged: readonly Judged[]): Promise<[number, number][]> {
  const placeOf = new Map(judged.map(({ id }, place) => [id, place]))
  const { rows } = await client.query<{ a: string; b: string }>(
    `select a, b from linkage.edge where band = 'review' order by a, b`,
  )
  return rows.flatMap(({ a, b }): [number, number][] => {
    const left = placeOf.get(a)
    const right = placeOf.get(b)
    return left === undefined || right === undefined ? [] : [[left, right]]
  })
}

function evaluationOf(judged: readonly Judged[], review: readonly [number, number][], truth: Truth): Evaluation {
  const trueOf = judged.map(({ ref }) => truth.get(ref) ?? { person: ref, nameGroup: '', sex: '' })
  const people = trueOf.map(({ person }) => person)
  const persons = new Map<string, number>()
  const of = Int32Array.from(judged, ({ person_id }) => {
    const known = persons.get(person_id) ?? persons.size
    persons.set(person_id, known)
    return known
  })
  const all = evaluateClusters(of, people)
  const by = (slices: readonly string[]): Record<string, Shares> =>
    Object.fromEntries(
      [...evaluateSlices(of, people, slices)]
        .map(([slice, measured]): [string, Shares] => [slice, sharesOf(measured)])
        .sort(([, one], [, other]) => other.truePairs - one.truePairs),
    )
  const right = review.filter(([a, b]) => people[a] === people[b])
  const truePairs = all.truePositives + all.falseNegatives
  const linkable = linkablePairs(judged, people, of)
  return {
    mentions: judged.length,
    notTakenIn: truth.size - judged.length,
    people: new Set(people).size,
    persons: persons.size,
    automatic: sharesOf(all),
    bCubed: all.bCubed,
    exact: exactOf(of, people),
    linkable: { truePairs: linkable.all, recall: linkable.all === 0 ? 1 : linkable.found / linkable.all },
    review: {
      pairs: review.length,
      precision: review.length === 0 ? 1 : right.length / review.length,
      recallIfConfirmed: recallWhenJoined(of, people, right, truePairs),
    },
    byNameGroup: by(trueOf.map(({ nameGroup }) => nameGroup)),
    bySex: by(trueOf.map(({ sex }) => sex)),
    byMissing: by(judged.map(({ missing }) => missing)),
  }
}

function sharesOf({ precision, recall, f1, truePositives, falseNegatives }: Measure): Shares {
  return { precision, recall, f1, truePairs: truePositives + falseNegatives }
}

/** The places that stand under each key. */
function placesBy<Key>(keys: Iterable<Key>): Map<Key, number[]> {
  const places = new Map<Key, number[]>()
  let at = 0
  for (const key of keys) {
    const held = places.get(key)
    if (held === undefined) places.set(key, [at])
    else held.push(at)
    at++
  }
  return places
}

function linkablePairs(
  judged: readonly Judged[],
  people: readonly string[],
  of: Int32Array,
): { all: number; found: number } {
  let all = 0
  let found = 0
  for (const places of placesBy(people).values()) {
    for (const [next, a] of places.entries()) {
      for (const b of places.slice(next + 1)) {
        const [one, other] = [judged[a], judged[b]]
        const roles = `${one?.role} ${other?.role}`
        if (one?.named !== true || other?.named !== true) continue
        if (roles === 'victim suspect' || roles === 'suspect victim') continue
        all++
        if (of[a] === of[b]) found++
      }
    }
  }
  return { all, found }
}

function exactOf(of: Int32Array, people: readonly string[]): Shares {
  const found = placesBy(of)
  const real = placesBy(people)
  let same = 0
  for (const places of found.values()) {
    const first = people[places[0] ?? 0] ?? ''
    if (real.get(first)?.length === places.length && places.every((at) => people[at] === first)) same++
  }
  const precision = same / found.size
  const recall = same / real.size
  return { precision, recall, f1: same === 0 ? 0 : (2 * precision * recall) / (precision + recall), truePairs: same }
}

/** Recall if a person confirmed these pairs, each joining all that its two persons hold. */
function recallWhenJoined(
  of: Int32Array,
  people: readonly string[],
  pairs: readonly [number, number][],
  truePairs: number,
): number {
  const parent = new Map<number, number>()
  const find = (person: number): number => {
    let at = person
    for (let up = parent.get(at); up !== undefined; up = parent.get(at)) at = up
    return at
  }
  for (const [a, b] of pairs) {
    const [one, other] = [find(of[a] ?? 0), find(of[b] ?? 0)]
    if (one !== other) parent.set(Math.max(one, other), Math.min(one, other))
  }
  const joined = evaluateClusters(
    of.map((person) => find(person)),
    people,
  )
  return truePairs === 0 ? 1 : joined.truePositives / truePairs
}

const percent = (share: number): string => `${(100 * share).toFixed(2)}%`

/** The evaluation as a person reads it, one line each. */
export function tellEvaluation(evaluation: Evaluation): string {
  const line = (name: string, { precision, recall, f1, truePairs }: Shares): string =>
    `  ${name.padEnd(32)} precision ${percent(precision)}  recall ${percent(recall)}  F1 ${percent(f1)}  (${truePairs})`
  const slices = (title: string, by: Readonly<Record<string, Shares>>): string[] => [
    `${title} (true pairs in brackets)`,
    ...Object.entries(by).map(([name, shares]) => line(name, shares)),
  ]
  const { automatic, bCubed, exact, linkable, review } = evaluation
  return [
    `${evaluation.mentions} mentions of ${evaluation.people} people, linked into ${evaluation.persons} persons` +
      (evaluation.notTakenIn > 0 ? ` (${evaluation.notTakenIn} mentions were not taken in)` : ''),
    'linked without a person looking',
    line('pairs', automatic),
    line('B-cubed', { ...bCubed, truePairs: automatic.truePairs }),
    line('exactly right persons', exact),
    `  of the ${linkable.truePairs} true pairs that may be linked unseen, ${percent(linkable.recall)} were`,
    `put up for review: ${review.pairs} pairs, ${percent(review.precision)} of them one human being; ` +
      `recall ${percent(review.recallIfConfirmed)} if those are confirmed`,
    ...slices('by name group', evaluation.byNameGroup),
    ...slices('by sex', evaluation.bySex),
    ...slices('by what a mention lacks', evaluation.byMissing),
  ].join('\n')
}
