import type { Level, TermFrequency, Test } from './spec.ts'

export const exact = (column: string): Test => ({ test: 'exact', column })
export const canonical = (column: string): Test => ({ test: 'canonical', column })
export const closeTo = (column: string, atLeast: number): Test => ({ test: 'jw', column, atLeast })
export const any = (...of: readonly Test[]): Test => ({ test: 'any', of })
const missing = (column: string): Test => ({ test: 'missing', column })
export const rarity = (column: string, weight = 1, minimum = 0.00001): TermFrequency => ({ column, weight, minimum })

/** Names of one family, faith or country go together, so that both are less rare than either would have it. */
const namesakes: TermFrequency = { ...rarity('namesakes'), usual: 1 }

const sameForename = any(canonical('given'), { test: 'crossed', columns: ['alias', 'given'] })
const closeForename = any(sameForename, closeTo('given', 0.88))
const closeSurname = any(canonical('surname'), closeTo('surname', 0.9), { test: 'subset', column: 'surname' })

export const nameLevels: readonly Level[] = [
  {
    label: 'same forename and surname',
    all: [exact('given'), exact('surname')],
    tf: [rarity('given'), rarity('surname'), namesakes],
    strong: true,
    m: 0.55,
    u: 0.00002,
  },
  {
    label: 'same surname, forename a form of the same name or known as it',
    all: [exact('surname'), sameForename],
    tf: [rarity('given', 0.5), rarity('surname')],
    strong: true,
    m: 0.08,
    u: 0.00001,
  },
  {
    label: 'forename and surname swapped',
    all: [{ test: 'swapped', columns: ['given', 'surname'] }],
    tf: [rarity('given', 0.5)],
    strong: true,
    m: 0.02,
    u: 0.00001,
  },
  {
    label: 'same forename, surname close',
    all: [sameForename, closeSurname],
    tf: [rarity('given')],
    strong: true,
    m: 0.1,
    u: 0.00003,
  },
  {
    label: 'same surname, forename close',
    all: [exact('surname'), closeForename],
    tf: [rarity('surname')],
    strong: true,
    m: 0.08,
    u: 0.00004,
  },
  {
    label: 'forename and surname both close',
    all: [closeForename, closeSurname],
    strong: true,
    m: 0.03,
    u: 0.00008,
  },
  {
    label: 'same surname, forename only an initial',
    all: [exact('surname'), { test: 'initial', column: 'given' }],
    tf: [rarity('surname')],
    strong: true,
    m: 0.03,
    u: 0.0001,
  },
  {
    label: 'surname close, forename only an initial',
    all: [closeSurname, { test: 'initial', column: 'given' }],
    tf: [rarity('surname')],
    partial: true,
    m: 0.005,
    u: 0.00003,
  },
  {
    label: 'same surname, a forename not recorded',
    all: [closeSurname, missing('given')],
    tf: [rarity('surname')],
    partial: true,
    m: 0.01,
    u: 0.0001,
  },
  {
    label: 'same forename, a surname not recorded',
    all: [closeForename, missing('surname')],
    tf: [rarity('given')],
    partial: true,
    m: 0.01,
    u: 0.0002,
  },
  {
    label: 'the only name of one is a name of the other, recorded in the other place',
    all: [any(missing('given'), missing('surname')), { test: 'crossed', columns: ['given', 'surname'] }],
    partial: true,
    m: 0.005,
    u: 0.0005,
  },
  {
    label: 'the parts of one name are all in the other',
    all: [{ test: 'parts', columns: ['forenames', 'surname'] }],
    tf: [rarity('surname', 0.5)],
    strong: true,
    m: 0.02,
    u: 0.00001,
  },
  {
    label: 'same forename, different surname',
    all: [closeForename],
    tf: [rarity('given')],
    partial: true,
    m: 0.06,
    u: 0.006,
  },
  {
    label: 'surname agrees, different forename',
    all: [closeSurname],
    tf: [rarity('surname')],
    m: 0.02,
    u: 0.004,
  },
]
