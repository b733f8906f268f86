import type { ModelSpec, Test, TrainedModel } from './spec.ts'

/** Whether SQL can say a test exactly. Not so of words that are each matched with one of the other side's. */
function sayable(test: Test): boolean {
  if (test.test === 'any' || test.test === 'every') return test.of.every(sayable)
  return test.test !== 'parts'
}

/** The rules of a model without the levels that SQL cannot say; the pairs of such a level are of the next that holds. */
export function specInSql(spec: ModelSpec): ModelSpec {
  return {
    ...spec,
    comparisons: spec.comparisons.map((comparison) => ({
      ...comparison,
      levels: comparison.levels.filter(({ all }) => all.every(sayable)),
    })),
  }
}

/** A trained model as it can be handed over, and which levels were left out, in words. */
export function modelInSql(model: TrainedModel): { readonly model: TrainedModel; readonly leftOut: readonly string[] } {
  const leftOut: string[] = []
  const params = model.spec.comparisons.map(({ name, levels }, at) => {
    const kept = (_: number, level: number): boolean => levels[level]?.all.every(sayable) ?? true
    for (const { label, all } of levels) if (!all.every(sayable)) leftOut.push(`${name}: ${label}`)
    const { m, u } = model.params[at]!
    return { m: m.filter(kept), u: u.filter(kept) }
  })
  return { model: { ...model, spec: specInSql(model.spec), params }, leftOut }
}
