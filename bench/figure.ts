/** One measured thing, as it is printed: one JSON object a line on stdout. */
export interface Figure {
  readonly bench: string
  readonly figure: string
  readonly value: number
  readonly unit: string
  /** What the value is held against, measured in the same run, in the unit that the bench's comment names. */
  readonly baseline: number
  /** How many things it was measured over: rows, incidents or people. */
  readonly n: number
}

/** Prints a figure, to four significant figures. */
export function print(figure: Figure): void {
  const tidy = (value: number): number => Number(value.toPrecision(4))
  console.log(JSON.stringify({ ...figure, value: tidy(figure.value), baseline: tidy(figure.baseline) }))
}

/** Says how far a bench has come, on stderr, so that stdout holds figures only. */
export function say(line: string): void {
  console.error(`# ${line}`)
}

/** The value below which this share of the samples lies. @param share from 0 to 1 */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
export const median = (samples: readonly number[]): number => quantile(samples, 0.5)

/** "1.20 s, 1.31 s (median 1.25 s)": several measurements of one thing, and so how noisy the machine was. */
export function shown(samples: readonly number[], unit: string): string {
  const text = (value: number): string => `${value.toPrecision(3)} ${unit}`
  return `${samples.map(text).join(', ')} (median ${text(median(samples))})`
}

/** Milliseconds that the work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}
