import { pieceBlocks, type Blocks, type KeyedRule } from './blocking.ts'
import { pieceScorer, type ScoredPiece, type ScoreGround } from './score.ts'
import { pieceTally, type Tallied, type TallyGround } from './tally.ts'

/** The kinds of work that can be shared out: what all pieces stand on, and what one piece comes to. */
export interface Work {
  readonly blocks: { readonly ground: readonly KeyedRule[]; readonly result: Blocks }
  readonly tally: { readonly ground: TallyGround; readonly result: Tallied }
  readonly score: { readonly ground: ScoreGround; readonly result: ScoredPiece }
}
export type WorkKind = keyof Work

/** Opens the ground once and answers with what does a piece of it. */
type Opener<Kind extends WorkKind> = (ground: Work[Kind]['ground']) => (piece: number) => Work[Kind]['result']

/** How each kind of work is done, by whoever does it. */
export const openers: { readonly [Kind in WorkKind]: Opener<Kind> } = {
  blocks: pieceBlocks,
  tally: pieceTally,
  score: pieceScorer,
}

/**
 * Whoever does the work. Pieces may be done in any order and by anybody; results come back in the order of the pieces, so that what
 * is made of them does not depend on who did which. They are best taken from the last: the last rule asks of all the others, so the
 * kernel is compiled when it has met all there is to ask, and not again with each rule.
 */
export interface Crew {
  run<Kind extends WorkKind>(
    kind: Kind,
    ground: Work[Kind]['ground'],
    pieces: number,
  ): Promise<readonly Work[Kind]['result'][]>
}

/** Does everything in this thread. */
export const alone: Crew = {
  async run(kind, ground, pieces) {
    const one = openers[kind](ground)
    return Array.from({ length: pieces }, (_, at) => one(pieces - 1 - at)).reverse()
  },
}
