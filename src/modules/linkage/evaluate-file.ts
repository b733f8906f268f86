import {
  build, calibrated, cluster, countedFrom, decider, defaultModel, evaluateClusters, evaluateEdges, evaluateLinkable,
  evaluateSlices, improvedByReviews, pairScorer, probabilityOf, reliability, score, supportOf, train,
  type Calibration, type ClusterMeasure, type Linkable, type Measure, type MentionRow, type ModelSpec, type Reliability,
  type SliceMeasure, type Standing,
} from './engine/index.ts' // prettier-ignore
import type { Labelled } from './labelled.ts'
import { nameOrigins } from './name-origin.ts'
import { loadNameGroups } from './search-keys.ts'

/** How well the default model, trained without labels, does on mentions of which it is known whose they are. */
export interface FileEvaluation {
  readonly mentions: number
  readonly people: number
  readonly compared: number
  /** Share of the true pairs that blocking brings together with at least the least weight (`minimumWeight`). */
  readonly blockRecall: number
  /** Bits from which pairs count as one person in `pairs` and `clusters`; frozen with the model, not chosen on this file. */
  readonly minimumWeight: number
  readonly pairs: Measure
  readonly clusters: ClusterMeasure
  /** The clusters, counting those pairs alone that may be linked unseen: both are named, and not victim here and suspect there. */
  readonly linkable: Measure
  /** What would be linked without a person looking. */
  readonly automatic: {
    readonly pairs: Measure
    readonly clusters: ClusterMeasure
    /** Clusters with two parties of one record in them; there must be none. */
    readonly sameRecord: number
  }
  readonly review: { readonly pairs: number; readonly precision: number }
  readonly calibration: {
    /** With the curves the model is published with: fitted to the pairs of the file, without a label. */
    readonly published: Reliability
    /** With those curves improved by the labels of half of the people, measured on the other half. */
    readonly heldOut: Reliability
  }
  readonly byNameGroup: Slices
  readonly bySex: Slices
  readonly byMissing: Slices
  readonly warnings: readonly string[]
  readonly seconds: number
}

/** How well a slice is served. */
export interface Slice {
  /** Its clusters at the minimum weight. */
  readonly clusters: SliceMeasure
  /** The same, counting those pairs alone that may be linked unseen. */
  readonly linkable: Measure
  /** Its clusters that are linked without a person looking. */
  readonly automatic: SliceMeasure
}

export type Slices = Readonly<Record<string, Slice>>

/** Frozen on the development sets; a pair as likely one person as not, by the model's own sum. */
const MINIMUM_WEIGHT = 0

/** Trains a model on a labelled file without its labels, and measures what it does with them. */
export function evaluateFile(file: Labelled, spec: ModelSpec = defaultModel()): FileEvaluation {
  const started = performance.now()
  const dataset = build(file.rows, spec, loadNameGroups())
  const trained = train(dataset, spec)
  const { edges: counted, compared } = score(dataset, trained, { threshold: countedFrom(spec) })
  const { model, edges } = calibrated(dataset, trained, counted)
  const people = dataset.ids.map((id) => file.people.get(id) ?? '')
  const rowOf = new Map(file.rows.map((row) => [row.id, row]))
  const rows = dataset.ids.flatMap((id) => rowOf.get(id) ?? [])
  const all = cluster(dataset, model, edges, { minimumWeight: MINIMUM_WEIGHT })
  const linked = cluster(dataset, model, edges)
  const pairs = evaluateEdges(edges, people, MINIMUM_WEIGHT)
  const { bandOf, recordOf, roleSide } = decider(dataset, model, pairScorer(dataset, model))
  const support = supportOf(model)
  const auto = { found: 0, right: 0 }
  const review = { found: 0, right: 0 }
  const judged: Judged[] = []
  for (let edge = 0; edge < edges.count; edge++) {
    const [a, b, weight] = [edges.a[edge] ?? 0, edges.b[edge] ?? 0, edges.weight[edge] ?? 0]
    const samePerson = people[a] === people[b]
    const band = bandOf(edges, edge)
    const counted = band === 'auto' ? auto : band === 'review' ? review : undefined
    if (counted) {
      counted.found++
      if (samePerson) counted.right++
    }
    // Two parties of one record need no probability.
    if (recordOf(a) !== 0 && recordOf(a) === recordOf(b)) continue
    judged.push({
      weight,
      samePerson,
      standing: support(edges.evidence[edge] ?? 0).standing,
      halves: [halfOf(people[a]), halfOf(people[b])],
    })
  }
  const truePairs = pairs.truePositives + pairs.falseNegatives
  const linkable = rows.map(({ forenames, surname }, at): Linkable => {
    if (forenames === '' && surname === '') return 'never'
    return (['any', 'one side', 'other side'] as const)[roleSide(at)]!
  })
  const everybody = people.map(() => '')
  const slices = (of: readonly string[]): Slices => slicesOf(of, people, all.of, linked.of, linkable)
  return {
    mentions: dataset.size,
    people: new Set(people).size,
    compared,
    blockRecall: pairs.recall,
    minimumWeight: MINIMUM_WEIGHT,
    pairs,
    clusters: evaluateClusters(all.of, people),
    linkable: evaluateLinkable(all.of, people, everybody, linkable).get('')!,
    automatic: {
      pairs: measured(auto.right, auto.found, truePairs),
      clusters: evaluateClusters(linked.of, people),
      sameRecord: sameRecord(linked.of, recordOf),
    },
    review: { pairs: review.found, precision: review.found === 0 ? 1 : review.right / review.found },
    calibration: calibrationOf(judged, model.calibration),
    byNameGroup: slices(nameGroupsOf(file, rows, people)),
    bySex: slices(rows.map(({ sex }) => sex.trim().toLowerCase().slice(0, 1) || 'not recorded')),
    byMissing: slices(rows.map(missingOf)),
    warnings: model.warnings,
    seconds: Math.round((performance.now() - started) / 10) / 100,
  }
}

interface Judged {
  readonly weight: number
  readonly samePerson: boolean
  readonly standing: Standing
  readonly halves: readonly [0 | 1, 0 | 1]
}

/** Half of the people by their label, the same half each time. */
function halfOf(person = ''): 0 | 1 {
  let hash = 0
  for (const letter of person) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) | 0
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return ((hash ^ (hash >>> 13)) & 1) === 0 ? 0 : 1
}

function calibrationOf(judged: readonly Judged[], published: Calibration): FileEvaluation['calibration'] {
  // Pairs of two people of different halves are in neither; those within a half stand for them too.
  const half = (which: 0 | 1) =>
    judged
      .filter(({ halves }) => halves[0] === which && halves[1] === which)
      .map((pair) => ({ ...pair, share: pair.samePerson ? 1 : 2 }))
  const believed = (pairs: readonly (Judged & { readonly share?: number })[], curves: Calibration) =>
    reliability(pairs.map((pair) => ({ ...pair, probability: probabilityOf(curves, pair.weight, pair.standing) })))
  return {
    published: believed(judged, published),
    heldOut: believed(half(1), improvedByReviews(published, half(0))),
  }
}

function measured(right: number, found: number, real: number): Measure {
  const precision = found === 0 ? 1 : right / found
  const recall = real === 0 ? 1 : right / real
  return {
    precision,
    recall,
    f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall),
    truePositives: right,
    falsePositives: found - right,
    falseNegatives: real - right,
  }
}

function sameRecord(of: Int32Array, recordOf: (mention: number) => number): number {
  const held = new Set<string>()
  const broken = new Set<number>()
  of.forEach((root, at) => {
    if (recordOf(at) === 0) return
    const key = `${root} ${recordOf(at)}`
    if (held.has(key)) broken.add(root)
    held.add(key)
  })
  return broken.size
}

function slicesOf(
  slices: readonly string[],
  people: readonly string[],
  all: Int32Array,
  linked: Int32Array,
  linkable: readonly Linkable[],
): Slices {
  const clusters = evaluateSlices(all, people, slices)
  const free = evaluateLinkable(all, people, slices, linkable)
  const automatic = evaluateSlices(linked, people, slices)
  const entries = [...clusters].map(([slice, measure]): [string, Slice] => [
    slice,
    { clusters: measure, linkable: free.get(slice)!, automatic: automatic.get(slice)! },
  ])
  const size = (measure: Measure): number => measure.truePositives + measure.falseNegatives
  return Object.fromEntries(entries.sort(([, one], [, other]) => size(other.clusters) - size(one.clusters)))
}

/** The group of each mention: the file's own, or that of all the names of the person by the lists of names. */
function nameGroupsOf(file: Labelled, rows: readonly MentionRow[], people: readonly string[]): readonly string[] {
  if (rows.some(({ id }) => (file.nameGroups.get(id) ?? '') !== ''))
    return rows.map(({ id }) => file.nameGroups.get(id) || 'not recorded')
  const originOf = nameOrigins()
  const namesOf = Map.groupBy(rows, (_, at) => people[at] ?? '')
  const origins = new Map([...namesOf].map(([person, names]) => [person, originOf(names)]))
  return people.map((person) => origins.get(person) ?? '')
}

function missingOf({ forenames, surname, dob, postcode, phone }: MentionRow): string {
  const missing = [
    forenames === '' ? 'forename' : '',
    surname === '' ? 'surname' : '',
    dob === '' ? 'date of birth' : '',
    postcode === '' ? 'postcode' : '',
    phone === '' ? 'phone' : '',
  ]
  return missing.filter(Boolean).join(', ') || 'nothing'
}

const percent = (share: number): string => `${(100 * share).toFixed(2)}%`

const line = (name: string, { precision, recall, f1, truePositives, falseNegatives }: Measure): string =>
  `  ${name.padEnd(36)} precision ${percent(precision)}  recall ${percent(recall)}  F1 ${percent(f1)}  (${truePositives + falseNegatives})`

/** The evaluation as a person reads it. */
export function tellFileEvaluation(found: FileEvaluation): string {
  const { automatic, calibration, clusters, pairs, review } = found
  const slices = (title: string, by: Slices): string[] => [
    `${title} (true pairs in brackets): clusters; of pairs that may be linked unseen; linked unseen`,
    ...Object.entries(by)
      .slice(0, 20)
      .flatMap(([name, { clusters: all, linkable, automatic: unseen }]) => [
        line(name, all),
        line('', linkable),
        line('', unseen),
      ]),
  ]
  return [
    `${found.mentions} mentions of ${found.people} people; ${found.compared} pairs compared in ${found.seconds} s`,
    `at ${found.minimumWeight} bits or more (true pairs in brackets)`,
    line('pairs', pairs),
    line('clusters', clusters),
    line('B-cubed', { ...clusters, ...clusters.bCubed }),
    line('of pairs that may be linked unseen', found.linkable),
    'linked without a person looking',
    line('pairs', automatic.pairs),
    line('clusters', automatic.clusters),
    `  clusters with two parties of one record: ${automatic.sameRecord}`,
    `put up for review: ${review.pairs} pairs, ${percent(review.precision)} of them one person`,
    `calibration error: ${calibration.published.error.toFixed(4)} as published; ` +
      `${calibration.heldOut.error.toFixed(4)} when half of the people have been reviewed, on the other half`,
    ...calibration.heldOut.rows.map(
      ({ from, to, pairs: count, given, found: same }) =>
        `  ${from.toFixed(3)} to ${to.toFixed(3)}: said ${given.toFixed(4)}, was ${same.toFixed(4)} (${count} pairs)`,
    ),
    ...slices('by name group', found.byNameGroup),
    ...slices('by sex', found.bySex),
    ...slices('by what a mention lacks', found.byMissing),
  ].join('\n')
}
