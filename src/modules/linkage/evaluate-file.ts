import {
  build, cluster, decider, defaultModel, evaluateClusters, evaluateEdges, evaluateSlices, improvedByReviews, pairScorer,
  probabilityOf, reliability, score, supportOf, train,
  type ClusterMeasure, type Measure, type MentionRow, type ModelSpec, type Reliability, type SliceMeasure,
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
  /** What would be linked without a person looking. */
  readonly automatic: {
    readonly pairs: Measure
    readonly clusters: ClusterMeasure
    /** Clusters with two parties of one record in them; there must be none. */
    readonly sameRecord: number
  }
  readonly review: { readonly pairs: number; readonly precision: number }
  readonly calibration: {
    /** With the curve the model is published with. */
    readonly published: Reliability
    /** With that curve improved by the labels of half of the people, measured on the other half. */
    readonly heldOut: Reliability
  }
  readonly byNameGroup: Slices
  readonly bySex: Slices
  readonly byMissing: Slices
  readonly warnings: readonly string[]
  readonly seconds: number
}

/** Of each slice its clusters at the minimum weight, and those linked without a person looking. */
export type Slices = Readonly<Record<string, { readonly clusters: SliceMeasure; readonly automatic: SliceMeasure }>>

/** Frozen on the development sets; a pair as likely one person as not, by the model's own sum. */
const MINIMUM_WEIGHT = 0

/** Trains a model on a labelled file without its labels, and measures what it does with them. */
export function evaluateFile(file: Labelled, spec: ModelSpec = defaultModel()): FileEvaluation {
  const started = performance.now()
  const dataset = build(file.rows, spec, loadNameGroups())
  const model = train(dataset, spec)
  const { edges, compared } = score(dataset, model, { threshold: MINIMUM_WEIGHT })
  const people = dataset.ids.map((id) => file.people.get(id) ?? '')
  const rowOf = new Map(file.rows.map((row) => [row.id, row]))
  const rows = dataset.ids.flatMap((id) => rowOf.get(id) ?? [])
  const all = cluster(dataset, model, edges, { minimumWeight: MINIMUM_WEIGHT })
  const linked = cluster(dataset, model, edges)
  const pairs = evaluateEdges(edges, people, MINIMUM_WEIGHT)
  const scorer = pairScorer(dataset, model)
  const { bandOf, recordOf } = decider(dataset, model, scorer)
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
    const { enough, contradicted } = support(edges.evidence[edge] ?? 0)
    judged.push({
      weight,
      samePerson,
      withEvidence: enough && !contradicted,
      halves: [halfOf(people[a]), halfOf(people[b])],
    })
  }
  const truePairs = pairs.truePositives + pairs.falseNegatives
  const slices = (of: readonly string[]): Slices => slicesOf(of, people, all.of, linked.of)
  return {
    mentions: dataset.size,
    people: new Set(people).size,
    compared,
    blockRecall: pairs.recall,
    minimumWeight: MINIMUM_WEIGHT,
    pairs,
    clusters: evaluateClusters(all.of, people),
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
  readonly withEvidence: boolean
  readonly halves: readonly [0 | 1, 0 | 1]
}

/** Half of the people by their label, the same half each time. */
function halfOf(person = ''): 0 | 1 {
  let hash = 0
  for (const letter of person) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) | 0
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return ((hash ^ (hash >>> 13)) & 1) === 0 ? 0 : 1
}

function calibrationOf(judged: readonly Judged[], published: ModelSpec['calibration']): FileEvaluation['calibration'] {
  // Pairs of two people of different halves are in neither; those within a half stand for them too.
  const half = (which: 0 | 1) =>
    judged
      .filter(({ halves }) => halves[0] === which && halves[1] === which)
      .map((pair) => ({ ...pair, share: pair.samePerson ? 1 : 2 }))
  const believed = (pairs: readonly (Judged & { readonly share?: number })[], curve: ModelSpec['calibration']) =>
    reliability(pairs.map((pair) => ({ ...pair, probability: probabilityOf(curve, pair.weight, pair.withEvidence) })))
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

function slicesOf(slices: readonly string[], people: readonly string[], all: Int32Array, linked: Int32Array): Slices {
  const clusters = evaluateSlices(all, people, slices)
  const automatic = evaluateSlices(linked, people, slices)
  const entries = [...clusters].flatMap(([slice, measure]) => {
    const same = automatic.get(slice)
    return same === undefined ? [] : [[slice, { clusters: measure, automatic: same }] as const]
  })
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
    `${title}: clusters, then those linked unseen (true pairs in brackets)`,
    ...Object.entries(by)
      .slice(0, 20)
      .flatMap(([name, measures]) => [line(name, measures.clusters), line('', measures.automatic)]),
  ]
  return [
    `${found.mentions} mentions of ${found.people} people; ${found.compared} pairs compared in ${found.seconds} s`,
    `at ${found.minimumWeight} bits or more (true pairs in brackets)`,
    line('pairs', pairs),
    line('clusters', clusters),
    line('B-cubed', { ...clusters, ...clusters.bCubed }),
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
