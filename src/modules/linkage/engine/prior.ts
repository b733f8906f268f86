import { visitPairs, type Blocks } from './blocking.ts'
import type { Dataset } from './dataset.ts'
import { seededRandom } from './random.ts'
import { pairScorer } from './score.ts'
import type { TrainedModel } from './spec.ts'

const mostPairs = 400_000
/** Steps of weight in which pairs are counted, in bits. */
const step = 0.125
const lowest = -40
const highest = 60
/** Most that the prior may move, in bits: with hardly any matches the sum is that of the model's errors. */
const mostBits = 4

/**
 * The model with the prior that its own weights expect: the share of pairs that are one person, as the pairs which the
 * blocking rules make are scored. The rules that are nearly always right find an unknown share of the true pairs, so a
 * prior from them alone can be several bits out.
 */
export function withExpectedPrior(dataset: Dataset, model: TrainedModel, blocks: readonly Blocks[]): TrainedModel {
  const all = (dataset.size * (dataset.size - 1)) / 2
  const made = blocks.reduce((sum, { report }) => sum + report.pairs, 0)
  if (all === 0 || made === 0) return model
  const share = Math.min(1, mostPairs / made)
  const random = seededRandom(1)
  const { weightOf } = pairScorer(dataset, model)
  const counts = new Float64Array((highest - lowest) / step)
  visitPairs(blocks, (a, b) => {
    if (share < 1 && random() >= share) return
    const at = Math.floor((weightOf(a, b) - lowest) / step)
    counts[Math.max(0, Math.min(counts.length - 1, at))]!++
  })
  let shift = 0
  for (let round = 0; round < 50; round++) {
    let matches = 0
    counts.forEach((count, at) => {
      if (count > 0) matches += count / (1 + 2 ** -(lowest + (at + 0.5) * step + shift))
    })
    const prior = Math.max(matches / share, 0.5) / all
    const moved = logit(Math.min(0.2, prior)) - logit(model.prior)
    const next = Math.max(-mostBits, Math.min(mostBits, moved))
    if (Math.abs(next - shift) < 1e-3) break
    shift = next
  }
  return { ...model, prior: 1 / (1 + 2 ** -(logit(model.prior) + shift)) }
}

const logit = (chance: number): number => Math.log2(chance / (1 - chance))
