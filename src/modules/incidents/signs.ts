/**
 * What is written on a record that the days of harm weigh little: stalking and coercive control have a median of 10 days,
 * a threat to kill 10, a flag or a risk grade none. Source: domain brief section 11.
 */
export interface Signs {
  /** A course of conduct: stalking, harassment, controlling or coercive behaviour. */
  readonly conduct: boolean
  readonly strangulation: boolean
  /** A threat to kill. */
  readonly threat: boolean
  readonly highRisk: boolean
}

/** The words of an offence's title that make it a sign, whatever its case. Read the same by JavaScript and PostgreSQL. */
export const SIGN_WORDS = {
  conduct: 'stalk|^harass|course of conduct|coerci|controlling',
  strangulation: 'strang|suffocat',
  threat: 'threat\\w* to kill|threatening death',
} as const
/** The flags of a record that are a sign. */
export const SIGN_FLAGS = { conduct: 'stalking', strangulation: 'strangulation' } as const

/** The signs of a record, by the titles of its offences, its flags and its risk grade. */
export function signsOf(record: {
  readonly titles: readonly string[]
  readonly flags: readonly string[]
  readonly riskGrade: string | null
}): Signs {
  const says = (words: string): boolean => record.titles.some((title) => new RegExp(words, 'i').test(title))
  return {
    conduct: says(SIGN_WORDS.conduct) || record.flags.includes(SIGN_FLAGS.conduct),
    strangulation: says(SIGN_WORDS.strangulation) || record.flags.includes(SIGN_FLAGS.strangulation),
    threat: says(SIGN_WORDS.threat),
    highRisk: record.riskGrade === 'high',
  }
}
