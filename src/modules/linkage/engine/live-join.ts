import { cohesion, Gathering, meeting, type ReviewEdge } from './cluster.ts'
import type { Band } from './decide.ts'
import type { Arrival, LiveIndex } from './live.ts'
import type { TrainedModel } from './spec.ts'

/** Somebody whom an arrival could be: all mentions of that person, by position. */
export interface Home {
  readonly person: string
  readonly members: readonly number[]
}

/** What becomes of an arrival. */
export interface Joining {
  /** Whom it joins; null when it is somebody new. */
  readonly person: string | null
  /** Who would be one person with that one now: two people are made one by a clustering of all of theirs, not by an arrival. */
  readonly bridged: readonly string[]
  /** What is to become of each of its edges, in their order, and why a person should look. */
  readonly pairs: readonly { readonly band: Band; readonly reason: ReviewEdge['reason'] | null }[]
  /** The strongest pair that holds it where it is, in bits; null for somebody new. */
  readonly weight: number | null
}

/**
 * Decides which person an arrival is of, just as a clustering does: strongest pair first, with every guard, and only where the
 * mentions agree on the whole. The people are taken as they stand.
 * @param homes the people whose mentions its edges lead to; a mention without one is passed over
 */
export function joinArrival(index: LiveIndex, model: TrainedModel, arrival: Arrival, homes: readonly Home[]): Joining {
  const { position, edges } = arrival
  const { bandOf, recordOf, roleSide, isProtected } = index.decider
  const bands = Array.from({ length: edges.count }, (_, edge) => bandOf(edges, edge))
  if (homes.length === 0)
    return { person: null, bridged: [], pairs: bands.map((band) => ({ band, reason: null })), weight: null }

  // In the order of the ids, so that ties fall as they do in a batch.
  const local = [position, ...homes.flatMap(({ members }) => members)].sort((a, b) => (index.before(a, b) ? -1 : 1))
  const placeOf = new Map(local.map((mention, place) => [mention, place]))
  const records = new Map([[0, 0]])
  for (const mention of local) if (!records.has(recordOf(mention))) records.set(recordOf(mention), records.size)
  const recordAt = local.map((mention) => records.get(recordOf(mention))!)
  const gathering = new Gathering(local.length, (place) => recordAt[place]!, records.size)
  local.forEach((mention, place) => {
    gathering.sides[place] = roleSide(mention)
    gathering.guarded[place] = isProtected(mention) ? 1 : 0
  })
  const homeOf = new Map<number, Home>()
  for (const home of homes) {
    for (const member of home.members) {
      homeOf.set(placeOf.get(member)!, home)
      const [one, other] = [gathering.find(placeOf.get(home.members[0]!)!), gathering.find(placeOf.get(member)!)]
      if (one !== other) gathering.join(one, other)
    }
  }
  const meet = meeting({
    gathering,
    recordOf: (place) => recordAt[place]!,
    bandOf: (edge) => bands[edge]!,
    wants: (_, band) => band === 'auto',
    holdsTogether: cohesion(local.length, model.spec.cohesion, gathering, (a, b) =>
      index.weightOf(local[a]!, local[b]!),
    ),
  })
  const reasons: (ReviewEdge['reason'] | null)[] = bands.map(() => null)
  const joined: string[] = []
  const self = placeOf.get(position)!
  const others = bands.map((_, edge) => placeOf.get(edges.a[edge] === position ? edges.b[edge]! : edges.a[edge]!))
  const known = others.flatMap((other, edge) => (other === undefined ? [] : [{ edge, other }]))
  known.sort((x, y) => edges.weight[y.edge]! - edges.weight[x.edge]! || x.other - y.other)
  for (const { edge, other } of known) {
    const reason = meet(Math.min(self, other), Math.max(self, other), edge)
    if (reason === 'joined') joined.push(homeOf.get(other)!.person)
    else reasons[edge] = reason
  }
  const [person = null, ...bridged] = joined
  let weight: number | null = null
  for (const { edge, other } of known) if (homeOf.get(other)!.person === person) weight ??= edges.weight[edge]!
  const pairs = bands.map((band, edge) => {
    const other = others[edge]
    // Later joins can make a pair put aside earlier into mentions of one person; nobody need look at those.
    const together = other !== undefined && gathering.find(other) === gathering.find(self)
    return { band, reason: together ? null : reasons[edge]! }
  })
  return { person, bridged, pairs, weight }
}
