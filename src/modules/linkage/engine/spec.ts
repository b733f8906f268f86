/**
 * The words of a linkage model. A model is data: it can be stored, versioned and shown to whoever must approve it, and
 * another engine can read the same model.
 */

/**
 * What a column holds, which decides how it is normalised. A key is compared as it is; a list holds keys parted by `|`; a
 * calendar date is YYYY-MM-DD with no date taken for a placeholder.
 */
export type ColumnKind = 'name' | 'date' | 'sex' | 'postcode' | 'phone' | 'id' | 'key' | 'text' | 'list' | 'calendar'

/** What is made of a field before it is normalised. A pattern that finds nothing makes "not recorded" of it. */
export type Making =
  | { readonly make: 'lower' | 'upper' }
  | { readonly make: 'prefix'; readonly length: number }
  | { readonly make: 'found'; readonly pattern: string }

export interface ColumnSpec {
  readonly name: string
  /** The field of the row it is read from. */
  readonly from: string
  readonly kind: ColumnKind
  /** Which words of a name: the first, those after it, or all (the default). */
  readonly part?: 'first' | 'rest' | 'all'
  /** Done to the field one after another; models from elsewhere need it. */
  readonly making?: readonly Making[]
}

/** One thing that can be true of a pair of mentions. Every plain test but `missing` is false on a missing value. */
export type Test =
  | { readonly test: 'exact'; readonly column: string }
  | { readonly test: 'canonical'; readonly column: string }
  /** Jaro-Winkler similarity of names without their spaces; of three letters or fewer only the same is alike (Li, Liu, Lin). */
  | { readonly test: 'jw'; readonly column: string; readonly atLeast: number }
  /** Texts of five characters or more, spaces left out, at most this many edits apart (swapped neighbours are one). */
  | { readonly test: 'edits'; readonly column: string; readonly atMost: number }
  | { readonly test: 'subset'; readonly column: string }
  | { readonly test: 'initial'; readonly column: string }
  /**
   * The words of each name by the one form that stands for all forms of it: two or more, and those of the name with
   * fewer are all among those of the other, whichever of the columns they stand in and in whatever order. The columns hold
   * names.
   */
  | { readonly test: 'parts'; readonly columns: readonly string[] }
  | { readonly test: 'phonetic'; readonly column: string }
  | { readonly test: 'swapped'; readonly columns: readonly [string, string] }
  | { readonly test: 'crossed'; readonly columns: readonly [string, string] }
  | { readonly test: 'fullDate'; readonly column: string }
  | { readonly test: 'firstOfJanuary'; readonly column: string }
  | { readonly test: 'dayMonthSwapped'; readonly column: string }
  | { readonly test: 'dateSlip'; readonly column: string }
  | { readonly test: 'sameYear'; readonly column: string }
  | { readonly test: 'daysWithin'; readonly column: string; readonly days: number }
  | { readonly test: 'postcodePart'; readonly column: string; readonly part: 'sector' | 'district' | 'area' }
  | { readonly test: 'otherSource'; readonly column: string }
  | { readonly test: 'missing'; readonly column: string }
  | { readonly test: 'any'; readonly of: readonly Test[] }
  | { readonly test: 'every'; readonly of: readonly Test[] }
  | PlainTest

/** Tests of values as they stand, as other engines know them: models from elsewhere are written in these. */
export type PlainTest =
  | { readonly test: 'jaroWinkler'; readonly column: string; readonly atLeast: number }
  | { readonly test: 'jaro'; readonly column: string; readonly atLeast: number }
  | { readonly test: 'levenshtein'; readonly column: string; readonly atMost: number }
  | { readonly test: 'damerau'; readonly column: string; readonly atMost: number }
  | { readonly test: 'numberWithin'; readonly column: string; readonly atMost: number }
  /** Both recorded; both recorded and not equal. */
  | { readonly test: 'recorded'; readonly column: string }
  | { readonly test: 'differs'; readonly column: string }
  /** Members of two lists in common; the shorter list wholly in the longer. */
  | { readonly test: 'overlap'; readonly column: string; readonly atLeast: number }
  | { readonly test: 'contained'; readonly column: string }
  /** One mention has in the first column what the other has in the second (lists: a member of it); both ways round or either. */
  | { readonly test: 'reversed'; readonly columns: readonly [string, string]; readonly ways: 'both' | 'either' }

/** Rare values say more than common ones: the level's weight moves by how rare the shared value is. */
export interface TermFrequency {
  readonly column: string
  /** Share of the adjustment that is applied, 0 to 1. */
  readonly weight: number
  /** Frequencies below this are taken as this, so a copied typo does not count as a very rare name. */
  readonly minimum: number
  /** The chance that two mentions share a value, where the model brings it; otherwise what training found. */
  readonly usual?: number
  /** Where one mention lacks the value, that of the other speaks for both; otherwise rarity says nothing then. */
  readonly either?: true
}

export interface Level {
  readonly label: string
  /** The level holds when all of these do; the first level that holds is the pair's level. */
  readonly all: readonly Test[]
  readonly tf?: readonly TermFrequency[]
  /** A strong agreement: counts towards the minimum evidence for linking without a person looking. */
  readonly strong?: boolean
  /** Agrees in part; enough only beside more strong agreements (see the evidence guard). */
  readonly partial?: boolean
  /** Speaks against one person so plainly that a person must look, whatever else agrees. */
  readonly against?: boolean
  /** Where training starts, and what is used when the data never show the level. */
  readonly m: number
  readonly u: number
}

/** What an agreement is evidence of; agreements of one kind are not independent and count once. */
export type Evidence = 'name' | 'birth' | 'contact' | 'place' | 'identifier' | 'associate' | 'other'

export interface ComparisonSpec {
  readonly name: string
  readonly evidence: Evidence
  /** The comparison says nothing when all of these are missing on one side or the other; with none it always speaks. */
  readonly columns: readonly string[]
  /**
   * Columns whose agreement brings this one's with it, in one person and in two (sex follows the forename). Where they are what a
   * training session brings pairs together by, this comparison learns nothing from it and does not speak in it.
   */
  readonly follows?: readonly string[]
  /** The comparison also says nothing when this holds. */
  readonly silentWhen?: Test
  readonly levels: readonly Level[]
  /** The level of pairs for which no other holds. */
  readonly otherwise: { readonly label: string; readonly against?: boolean; readonly m: number; readonly u: number }
  /** Most that this comparison may add, in bits, rarity included. */
  readonly maxWeight: number
}

export type KeyExpr =
  | {
      readonly column: string
      readonly part?: 'whole' | 'canonical' | 'phonetic' | 'initial' | 'year' | 'yearMonth' | 'district' | 'sector'
    }
  | { readonly column: string; readonly part: 'prefix'; readonly length: number }
  /** The two columns in either order, so that swapped names meet. */
  | { readonly unordered: readonly [string, string] }

export interface BlockingRule {
  readonly name: string
  readonly keys: readonly KeyExpr[]
  /** Most mentions in one block before it is refined; 2,000 when left out. */
  readonly cap?: number
  /** Keys added one after another to blocks over the cap; what is still over it is refused and reported. */
  readonly refine?: readonly KeyExpr[]
}

/** Agreements that are enough together: all that are named. What agrees strongly agrees partly too. */
export interface Way {
  readonly strong?: readonly Evidence[]
  readonly partly?: readonly Evidence[]
  /** One of these strongly. */
  readonly oneOf?: readonly Evidence[]
  /** Two of these partly: neither would do alone, and they are not of one kind. */
  readonly twoPartly?: readonly Evidence[]
}

export type Guard =
  /** Two mentions with one value here (two parties of one incident) are never one person. */
  | { readonly kind: 'oneRecordTwoPeople'; readonly column: string }
  /** Linking without a person looking needs evidence in one of these ways. */
  | { readonly kind: 'minimumEvidence'; readonly ways: readonly Way[] }
  /** Mentions that disagree plainly on this are joined only by a person. */
  | { readonly kind: 'noContradiction'; readonly evidence: Evidence }
  /** A mention with anything here (an address that must not become known) is joined only by a person, and so is whoever holds it. */
  | { readonly kind: 'onlyByPerson'; readonly column: string }
  /** Mentions in these two sets of roles are joined only by a person. */
  | {
      readonly kind: 'rolesApart'
      readonly column: string
      readonly one: readonly string[]
      readonly other: readonly string[]
    }

/** Weight to probability: weights ascending, probabilities never falling; between two points their log odds lie on a straight line. */
export interface Curve {
  readonly weights: readonly number[]
  readonly probabilities: readonly number[]
}

/** How a pair stands with the evidence guards: it passes them, it agrees on too little, or it plainly disagrees on something. */
export type Standing = 'proven' | 'open' | 'contradicted'

/** Curves by standing; the plain one is of open pairs, and of those that have no curve of their own. */
export interface Calibration extends Curve {
  /** For proven pairs; they are right far more often than others of their weight. */
  readonly withEvidence?: Curve
  /** For contradicted pairs; they are right more seldom. */
  readonly contradicted?: Curve
  /** Where it came from, for the explanation. */
  readonly source: string
}

/**
 * How pairs of two people and pairs of one person lie by weight, each as shares of those near zero: of each two bits from
 * the lowest weight that is counted (COUNTED_FROM), the last share of all above. `one` is of those near zero alone.
 */
export interface Spread {
  readonly two: readonly number[]
  readonly one: readonly number[]
}

export interface TrainingSpec {
  /** Rules whose pairs are nearly always one person, and the share of true pairs they are assumed to find. */
  readonly deterministic: readonly BlockingRule[]
  readonly recall: number
  /** Whether the prior is set anew to what the trained weights expect of the pairs that blocking makes. */
  readonly expectedPrior?: boolean
  /** One EM run per rule; comparisons on the columns of the rule are not estimated in it. */
  readonly sessions: readonly BlockingRule[]
}

/**
 * A column of names that several people are known to have, made of two columns. As the rarity of a level it takes away the
 * bits by which the two go together; its `minimum` is that of the two, its `usual` is 1.
 */
export interface NamesakeSpec {
  readonly name: string
  readonly of: readonly [string, string]
  /** The column of dates that tells people of one name apart. */
  readonly born: string
}

export interface ModelSpec {
  readonly id: string
  readonly version: number
  readonly columns: readonly ColumnSpec[]
  readonly namesakes?: NamesakeSpec
  readonly comparisons: readonly ComparisonSpec[]
  readonly blocking: readonly BlockingRule[]
  readonly training: TrainingSpec
  readonly calibration: Calibration
  /** Where the calibration is to be fitted to a force's own pairs: how its pairs can be expected to lie. */
  readonly spread?: { readonly open: Spread; readonly contradicted: Spread }
  /** Calibrated probabilities at and above which a pair is linked, or shown to a person. */
  readonly bands: { readonly autoLink: number; readonly review: number }
  /** Bits: least mean weight between all mentions of two clusters that are to be joined. */
  readonly cohesion: number
  /** Clusters of more mentions than this are shown to a person. */
  readonly largestCluster: number
  readonly guards: readonly Guard[]
}

/** A model with what was learned from data. Plain data: JSON keeps it exactly. */
export interface TrainedModel {
  readonly spec: ModelSpec
  /** Probability that two mentions taken at random are one person. */
  readonly prior: number
  /** Per comparison, per level in order with the otherwise level last. */
  readonly params: readonly { readonly m: readonly number[]; readonly u: readonly number[] }[]
  /** Per column named in a term frequency: chance that two mentions taken at random share a value. */
  readonly shared: Readonly<Record<string, number>>
  /**
   * Per column, how often each value occurs, where the model brings it; otherwise the mentions themselves are counted. A
   * value that is not in it is neither rare nor common.
   */
  readonly frequencies?: Readonly<Record<string, readonly (readonly [value: string, frequency: number])[]>>
  readonly calibration: Calibration
  readonly warnings: readonly string[]
}
