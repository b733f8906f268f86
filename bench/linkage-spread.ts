// How the numbers of src/modules/linkage/engine/model-calibration.ts were measured: node bench/linkage-spread.ts [FOLDER]
import {
  build, columnOf, COUNTED_FROM, defaultModel, NEAR, score, STEP_BITS, supportOf, train, withFrequencies,
  type LabelledPair, type Standing,
} from '#linkage-engine' // prettier-ignore
import { loadNameGroups, type Labelled } from '#modules/linkage'
import { labelledSet, londonOf, USUAL } from './linkage-sets.ts'

/** Steps that are told apart, from COUNTED_FROM on. */
const STEPS = 20
const STANDINGS = ['open', 'contradicted'] as const

/** The pairs of a set that are neither proven nor of one record, and whether each is one person. */
function pairsOf({ rows, people }: Labelled): LabelledPair[] {
  const spec = defaultModel()
  // As in a set too small to know of any: what namesakes take away depends on how many mentions there are.
  const nobody = new Map([[spec.namesakes?.name ?? '', { recorded: 0, counts: new Map<string, number>() }]])
  const dataset = withFrequencies(build(rows, spec, loadNameGroups()), nobody)
  const model = train(dataset, spec)
  const { edges } = score(dataset, model, { threshold: COUNTED_FROM })
  const support = supportOf(model)
  const record = columnOf(dataset, 'record').codes
  const personOf = dataset.ids.map((id) => people.get(id))
  return Array.from(edges.weight, (weight, edge) => {
    const [a = 0, b = 0] = [edges.a[edge], edges.b[edge]]
    const { standing } = support(edges.evidence[edge] ?? 0)
    const oneRecord = record[a] !== 0 && record[a] === record[b]
    return oneRecord || standing === 'proven' ? [] : [{ weight, samePerson: personOf[a] === personOf[b], standing }]
  }).flat()
}

/** Shares by step of those near zero. */
function spreadOf(pairs: readonly LabelledPair[], standing: Standing, samePerson: boolean): number[] {
  const counts = Array.from({ length: STEPS }, () => 0.5)
  for (const pair of pairs)
    if (pair.standing === standing && pair.samePerson === samePerson)
      counts[Math.min(STEPS - 1, Math.floor((pair.weight - COUNTED_FROM) / STEP_BITS))]!++
  const near = counts.slice(0, NEAR).reduce((sum, count) => sum + count, 0)
  return counts.map((count) => count / near)
}

const geometricMean = (lists: readonly (readonly number[])[]): number[] =>
  (lists[0] ?? []).map((_, at) =>
    Math.exp(lists.reduce((sum, list) => sum + Math.log(list[at] ?? 1), 0) / lists.length),
  )

const rounded = (values: readonly number[]): number[] => values.map((value) => Number(value.toPrecision(3)))

/** Weights at which the curve is told, and how far from them pairs are counted: there are fewer higher up. */
const POINTS = [-7, -5, -3, -1, 1, 3, 5, 7, 9, 11, 13, 15, 18, 22, 26, 34]
const around = (point: number): number => (point > 15 ? 2 : 1)

const folder = process.argv[2] ?? USUAL
const dev = pairsOf(labelledSet(folder, 'synthetic/dev_50k.csv.gz'))
const london = pairsOf(await londonOf(150_000))
const historical = pairsOf(labelledSet(folder, 'splink_datasets/historical_50k.csv.gz'))
for (const standing of STANDINGS) {
  const own = [...dev, ...london].filter((pair) => pair.standing === standing)
  const probabilities = POINTS.map((point) => {
    const pairs = own.filter(({ weight }) => Math.abs(weight - point) <= around(point))
    return (pairs.filter((pair) => pair.samePerson).length + 0.5) / (pairs.length + 1)
  })
  // dev_50k, fake_1000 and the FEBRL sets are left to try the spread on.
  const lying = (samePerson: boolean): number[] => {
    const mean = geometricMean([london, historical].map((pairs) => spreadOf(pairs, standing, samePerson)))
    const near = mean.slice(0, NEAR).reduce((sum, share) => sum + share, 0)
    return rounded(mean.map((share) => share / near))
  }
  console.log(standing, { weights: POINTS, probabilities: rounded(probabilities) })
  console.log({ two: lying(false), one: lying(true).slice(0, NEAR) })
}
