/** What the waterfall needs of a model: the labels and the probabilities of its levels. Plain data, as it is kept. */
export interface ExplainingModel {
  readonly spec: {
    readonly comparisons: readonly {
      readonly name: string
      readonly maxWeight: number
      readonly levels: readonly { readonly label: string }[]
      readonly otherwise: { readonly label: string }
    }[]
    readonly blocking: readonly { readonly name: string }[]
    readonly bands: { readonly autoLink: number; readonly review: number }
  }
  readonly params: {
    /** Probability that two mentions taken at random are one person. */
    readonly prior: number
    readonly params: readonly { readonly m: readonly number[]; readonly u: readonly number[] }[]
    readonly warnings: readonly string[]
  }
}

/** A pair as it is kept: which level of each comparison held, and what rarity added. */
export interface KeptPair {
  readonly weight: number
  readonly chance: number
  /** -1 where the comparison says nothing. */
  readonly levels: readonly number[]
  readonly rarity: readonly number[]
}

export interface Step {
  readonly comparison: string
  readonly label: string
  /** How often the level holds for one person and for two; null where the comparison says nothing. */
  readonly m: number | null
  readonly u: number | null
  /** Bits by the level, and by how rare the shared value is. */
  readonly weight: number
  readonly rarity: number
  readonly runningTotal: number
}
export interface Explained {
  readonly prior: number
  readonly steps: readonly Step[]
  readonly total: number
  readonly chance: number
}

/** The waterfall of a kept pair, in bits: the same as the engine's own (a test holds them together). */
export function explained({ spec, params }: ExplainingModel, pair: KeptPair): Explained {
  const prior = Math.log2(params.prior / (1 - params.prior))
  let runningTotal = prior
  const steps = spec.comparisons.map((comparison, at): Step => {
    const level = pair.levels[at] ?? -1
    const [m, u] = [params.params[at]?.m[level], params.params[at]?.u[level]]
    if (level < 0 || m === undefined || u === undefined) {
      return {
        comparison: comparison.name,
        label: 'not recorded',
        m: null,
        u: null,
        weight: 0,
        rarity: 0,
        runningTotal,
      }
    }
    const weight = Math.min(comparison.maxWeight, Math.log2(m / u))
    const rarity = pair.rarity[at] ?? 0
    runningTotal += weight + rarity
    const label = (comparison.levels[level] ?? comparison.otherwise).label
    return { comparison: comparison.name, label, m, u, weight, rarity, runningTotal }
  })
  return { prior, steps, total: pair.weight, chance: pair.chance }
}

/** How often first and second readers gave which answers. */
export interface AnswerCount {
  readonly first: string
  readonly second: string
  readonly pairs: number
}
export interface Agreement {
  readonly pairs: number
  /** Share of pairs with the same answer twice. */
  readonly share: number
  /**
   * Cohen's kappa: agreement beyond what the two readers' habits would give by chance, 1 whole, 0 none. Null where chance
   * alone would give whole agreement, as when everybody always says the same.
   */
  readonly kappa: number | null
}

/** How far two readers of the same pairs agree. Null when no pair has been read twice. Source: Cohen 1960, Educ. Psychol. Meas. 20(1). */
export function agreementOf(counts: readonly AnswerCount[]): Agreement | null {
  const pairs = counts.reduce((sum, count) => sum + count.pairs, 0)
  if (pairs === 0) return null
  const answers = new Set(counts.flatMap(({ first, second }) => [first, second]))
  const shareOf = (which: (count: AnswerCount) => boolean): number =>
    counts.filter(which).reduce((sum, count) => sum + count.pairs, 0) / pairs
  const share = shareOf(({ first, second }) => first === second)
  let chance = 0
  for (const answer of answers)
    chance += shareOf(({ first }) => first === answer) * shareOf(({ second }) => second === answer)
  return { pairs, share, kappa: chance >= 1 - 1e-12 ? null : (share - chance) / (1 - chance) }
}

/** An edge of a person's evidence: two mentions, and how strongly they say that they are one. */
export interface EvidenceEdge {
  readonly a: string
  readonly b: string
  readonly weight: number
}

/**
 * The strongest edges that hold mentions together without a way round: what each mention hangs on. Ties go by ids. Mentions
 * that no edge reaches are in no pair.
 */
export function strongestTree<Edge extends EvidenceEdge>(edges: readonly Edge[]): Edge[] {
  const parent = new Map<string, string>()
  const find = (mention: string): string => {
    let at = mention
    for (let up = parent.get(at); up !== undefined; up = parent.get(at)) at = up
    return at
  }
  const order = edges.toSorted(
    (x, y) => y.weight - x.weight || (x.a === y.a ? (x.b < y.b ? -1 : 1) : x.a < y.a ? -1 : 1),
  )
  return order.filter(({ a, b }) => {
    const [one, other] = [find(a), find(b)]
    if (one === other) return false
    parent.set(one, other)
    return true
  })
}

/** Two ways in which a fact is written, in words: what the marks of a comparison stand for. */
export type Likeness =
  'same' | 'written differently' | 'one holds the other' | 'differs' | 'one is not written' | 'neither is written'

const folded = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')

/**
 * How two written facts compare. Letters and figures count; capitals, accents and spaces make no difference of fact.
 * @param key what two ways of writing one thing have in common, where there is more to it (a telephone, a postcode)
 */
export function likeness(one: string, other: string, key: (text: string) => string = folded): Likeness {
  const [left, right] = [key(one), key(other)]
  if (folded(one) === '' && folded(other) === '') return 'neither is written'
  if (folded(one) === '' || folded(other) === '') return 'one is not written'
  if (one.trim() === other.trim()) return 'same'
  if (left === right) return 'written differently'
  const words = (text: string): Set<string> =>
    new Set(
      text
        .split(/\s+/)
        .map(folded)
        .filter((word) => word !== ''),
    )
  const [few, many] = [words(one), words(other)]
  return few.isSubsetOf(many) || many.isSubsetOf(few) ? 'one holds the other' : 'differs'
}

/** An answer about a pair that stands, as far as it says who may answer next. */
export interface GivenAnswer {
  readonly round: number
  readonly answer: string
  /** Somebody else is to answer too. */
  readonly second: boolean
  /** It is the reader's own. */
  readonly own: boolean
}
/** What a reader may do about a pair: answer as the first, second or third of it, or not at all. */
export type Reading = 'first' | 'second' | 'third' | 'own' | 'answered'

/** Which reader of a pair somebody would be. The database decides the same when an answer comes (`linkage.judge`). */
export function readingOf(answers: readonly GivenAnswer[]): Reading {
  const first = answers.findLast(({ round }) => round === 1)
  if (first === undefined) return answers.some(({ round }) => round === 3) ? 'answered' : 'first'
  const later = answers.slice(answers.lastIndexOf(first) + 1)
  const second = later.find(({ round }) => round === 2)
  if (later.some(({ round }) => round === 3)) return 'answered'
  if (second === undefined) return !first.second ? 'answered' : first.own ? 'own' : 'second'
  if (second.answer === first.answer) return 'answered'
  return first.own || second.own ? 'own' : 'third'
}

/** A mention in the path of a person's evidence: what it hangs on, and by which edge. */
export interface PathNode<Edge extends EvidenceEdge> {
  readonly id: string
  /** Place of the one it hangs on; null for the first of each part. */
  readonly on: number | null
  readonly edge: Edge | null
}

/**
 * The path of evidence among mentions: the tree of the strongest edges, walked from the best connected mention, each after
 * the one it hangs on. A mention that nothing reaches stands alone.
 */
export function evidencePath<Edge extends EvidenceEdge>(
  mentions: readonly string[],
  edges: readonly Edge[],
): PathNode<Edge>[] {
  const known = new Set(mentions)
  const tree = strongestTree(edges.filter(({ a, b }) => known.has(a) && known.has(b)))
  const ties = new Map<string, { readonly to: string; readonly edge: Edge }[]>(mentions.map((id) => [id, []]))
  for (const edge of tree) {
    ties.get(edge.a)?.push({ to: edge.b, edge })
    ties.get(edge.b)?.push({ to: edge.a, edge })
  }
  const roots = mentions.toSorted(
    (x, y) => (ties.get(y)?.length ?? 0) - (ties.get(x)?.length ?? 0) || (x < y ? -1 : Number(x > y)),
  )
  const path: PathNode<Edge>[] = []
  const placed = new Set<string>()
  for (const root of roots) {
    if (placed.has(root)) continue
    const waiting: PathNode<Edge>[] = [{ id: root, on: null, edge: null }]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { id } = next
      placed.add(id)
      const at = path.push(next) - 1
      // the strongest is walked first, so it is put on top
      const further = (ties.get(id) ?? []).filter(({ to }) => !placed.has(to)).toReversed()
      for (const { to, edge } of further) waiting.push({ id: to, on: at, edge })
    }
  }
  return path
}

/** A mention with everything that hangs on it in a path: what would go if it went. */
export function hangingOn(path: readonly Pick<PathNode<EvidenceEdge>, 'id' | 'on'>[], id: string): string[] {
  const going = new Set<number>()
  for (const [at, node] of path.entries()) if (node.id === id || (node.on !== null && going.has(node.on))) going.add(at)
  return path.filter((_, at) => going.has(at)).map((node) => node.id)
}

/** What a wrong answer may cost where two people {@link haveFaced} each other: the most there is, as linkage.harm_of has it. */
export const MOST_HARM = 3

/** Whether of two people one has been a victim and the other a suspect. @param one what the one has been on records */
export function haveFaced(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return (one.has('victim') && other.has('suspect')) || (other.has('victim') && one.has('suspect'))
}
