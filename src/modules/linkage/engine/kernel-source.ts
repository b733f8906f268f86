import { factOf, holdsWhenEqual, sharesItem, similarityFrom, valueTest, type ColumnTest } from './facts.ts'
import type { Kernel, KernelParts } from './kernel.ts'
import type { ComparisonSpec, Test } from './spec.ts'
import { evidenceOf, type ComparisonWeights } from './weights.ts'

/*
 * The loop over pairs is written out for each model: which columns are compared, in which order, with which weights. That is what
 * lets the machine keep a pair in its registers; a loop that asks a list of functions is several times slower. Only numbers and
 * names made here go into the source: a model's own words (labels, column names) never do.
 *
 * Names in it: a3 and b3 are the codes of the two mentions in column 3, l2 the level of comparison 2 (-1 silent, -2 not looked at
 * yet), c2 what it adds, s3 the similarity in column 3 (-2 not worked out yet).
 */

/** Numbers and tables that the source refers to, by a name each. */
class Bench {
  readonly values: unknown[] = []

  give(value: unknown): string {
    return `e${this.values.push(value) - 1}`
  }
}

const number = (value: number): string => `(${String(value)})`

/** Rough cost of a test, 2 where it is not named; the cheap are asked first. */
const costs: Partial<Record<Test['test'], number>> = {
  exact: 1,
  missing: 1,
  fullDate: 1,
  firstOfJanuary: 1,
  canonical: 6,
  swapped: 6,
  crossed: 6,
  jw: 20,
  edits: 20,
  subset: 20,
}

function costOf(test: Test): number {
  return test.test === 'any' ? test.of.reduce((sum, one) => sum + costOf(one), 0) : (costs[test.test] ?? 2)
}

class Writer {
  readonly bench = new Bench()
  private readonly functions = new Map<string, string>()
  private readonly parts: KernelParts
  private readonly place: ReadonlyMap<string, number>
  /** Columns with a similarity test, and the least similarity that any of the tests asks for. */
  private readonly leastAlike = new Map<number, number>()

  constructor(parts: KernelParts) {
    this.parts = parts
    this.place = new Map(parts.columns.map(({ name }, at) => [name, at]))
    const visit = (test: Test): void => {
      if (test.test === 'any') test.of.forEach(visit)
      if (test.test !== 'jw') return
      const at = this.at(test.column)
      this.leastAlike.set(at, Math.min(test.atLeast, this.leastAlike.get(at) ?? 1))
    }
    parts.comparisons.forEach(({ levels, silentWhen }) => {
      levels.forEach(({ all }) => all.forEach(visit))
      if (silentWhen !== undefined) visit(silentWhen)
    })
  }

  at(column: string): number {
    return this.place.get(column)!
  }

  /** A function of the bench, made once for each fact and setting of a test. */
  private call(test: ColumnTest | { readonly test: 'groups' }, column: string, settings: string): string {
    const spec = this.parts.columns[this.at(column)]!
    const key = factOf(spec, test)
    const known = this.functions.get(`${test.test} ${key} ${settings}`)
    if (known !== undefined) return known
    const fact = this.parts.facts[key]!
    const made = this.bench.give(
      test.test === 'jw'
        ? similarityFrom(fact)
        : test.test === 'groups'
          ? sharesItem(fact as Extract<typeof fact, { fact: 'lists' }>)
          : valueTest(fact, test),
    )
    this.functions.set(`${test.test} ${key} ${settings}`, made)
    return made
  }

  /** An expression that is true when the test holds of the pair at hand. */
  holds(test: Test): string {
    if (test.test === 'any') return `(${test.of.map((one) => this.holds(one)).join('||')})`
    if (test.test === 'swapped' || test.test === 'crossed') return this.across(test)
    const at = this.at(test.column)
    const [a, b] = [`a${at}`, `b${at}`]
    const same = `(${a}!==0&&${a}===${b})`
    if (test.test === 'exact') return same
    if (test.test === 'missing') return `(${a}===0||${b}===0)`
    if (test.test === 'fullDate' || test.test === 'firstOfJanuary') {
      const fact = this.parts.facts[factOf(this.parts.columns[at]!, test)]
      const kinds = this.bench.give(fact?.fact === 'numbers' ? fact.numbers : null)
      return `(${same}&&${kinds}[${a}]===${test.test === 'fullDate' ? 1 : 2})`
    }
    const found =
      test.test === 'jw' ? this.alike(test, at) : `${this.call(test, test.column, JSON.stringify(test))}(${a},${b})`
    return holdsWhenEqual(test)
      ? `(${a}!==0&&${b}!==0&&(${a}===${b}||${found}))`
      : `(${a}!==0&&${b}!==0&&${a}!==${b}&&${found})`
  }

  private alike(test: Extract<Test, { test: 'jw' }>, at: number): string {
    const similarity = this.call(test, test.column, '')
    const least = this.leastAlike.get(at)!
    const found = `(s${at}===-2?(s${at}=${similarity}(a${at},b${at},${number(least)})):s${at})>=${number(test.atLeast)}`
    if (test.exactUpTo === undefined) return found
    const fact = this.parts.facts[factOf(this.parts.columns[at]!, test)]
    const starts = this.bench.give(fact?.fact === 'letters' ? fact.table.starts : null)
    const long = (code: string): string => `${starts}[${code}+1]-${starts}[${code}]>${test.exactUpTo}`
    return `(${long(`a${at}`)}&&${long(`b${at}`)}&&${found})`
  }

  private across({ test, columns }: Extract<Test, { test: 'swapped' | 'crossed' }>): string {
    const [one, other] = [this.at(columns[0]), this.at(columns[1])]
    const groups = this.call({ test: 'groups' }, columns[0], '')
    const agree = (x: string, y: string): string => `(${x}!==0&&${y}!==0&&(${x}===${y}||${groups}(${x},${y})))`
    const there = agree(`a${one}`, `b${other}`)
    const back = agree(`a${other}`, `b${one}`)
    if (test === 'swapped') return `(${there}&&${back})`
    return `(${there}||${back}||(a${one}!==0&&a${one}===b${one}))`
  }

  /** An expression for the level of a comparison. */
  level({ columns, silentWhen, levels }: ComparisonSpec): string {
    const comparable = columns.map((name) => `(a${this.at(name)}!==0&&b${this.at(name)}!==0)`).join('||')
    const speaks = silentWhen === undefined ? '' : `${this.holds(silentWhen)}?-1:`
    return `((${comparable})?${speaks}${this.firstThatHolds(levels, 0)}:-1)`
  }

  firstThatHolds(levels: ComparisonSpec['levels'], from: number): string {
    const rest = levels
      .slice(from)
      .map(({ all }, index) => `${all.map((test) => this.holds(test)).join('&&')}?${from + index}:`)
    return `(${rest.join('')}${levels.length})`
  }

  /** An expression for what comparison `k` adds at level `l${k}`. */
  adds(k: number, weights: ComparisonWeights): string {
    const plain = `${this.bench.give(weights.base)}[l${k}]`
    const rare = weights.rarity.flatMap((parts, level) => {
      if (parts === null) return []
      const terms = parts.map(({ column, byCode, usual, share }) => {
        const at = this.at(column)
        const bits = this.bench.give(byCode)
        const commoner = `Math.max(${bits}[a${at}],${bits}[b${at}])`
        return `(a${at}!==0&&b${at}!==0?${number(share)}*(${number(usual)}-${commoner}):0)`
      })
      const sum = terms.join('+')
      return [`l${k}===${level}?${number(weights.base[level]!)}+Math.min(${sum},${number(weights.room[level]!)}):`]
    })
    return `(${rare.join('')}${plain})`
  }

  /** Statements that name the codes of one mention of the pair. */
  codes(side: 'a' | 'b', row: string): string {
    return this.parts.columns.map((_, at) => `const ${side}${at}=rows[${row}+${at}];`).join('')
  }

  similarities(): string {
    return [...this.leastAlike.keys()].map((at) => `let s${at}=-2;`).join('')
  }

  cost({ levels, silentWhen }: ComparisonSpec): number {
    const all = levels.flatMap((level) => level.all)
    return all.reduce((sum, test) => sum + costOf(test), 0) + (silentWhen === undefined ? 0 : costOf(silentWhen))
  }
}

/** The column whose equality alone is the first level of a comparison, when that is all that must be asked of equal values. */
function decidedByEquality(comparison: ComparisonSpec): string | null {
  const [column] = comparison.columns
  const [first] = comparison.levels
  const [test] = first?.all ?? []
  const plain =
    comparison.columns.length === 1 &&
    comparison.silentWhen === undefined &&
    first?.all.length === 1 &&
    test?.test === 'exact'
  return plain && test.column === column && (first?.tf ?? []).every((tf) => tf.column === column) ? test.column : null
}

/**
 * So many rows are read before their pairs are looked at: a read that nothing waits for costs the memory's throughput, one in the
 * middle of a pair its whole delay. They must fit the nearest cache.
 */
const rowsAhead = 192

function scoreSource(writer: Writer, parts: KernelParts, weights: readonly ComparisonWeights[]): string {
  const { comparisons, columns, rules, width } = parts
  const quick: string[] = []
  const slow: { readonly cost: number; readonly text: string }[] = []
  comparisons.forEach((comparison, k) => {
    const { most, mostWithoutFirst, base, rarity, room } = weights[k]!
    const column = decidedByEquality(comparison)
    if (column === null) {
      const speaks = comparison.columns.map((name) => `(a${writer.at(name)}!==0&&b${writer.at(name)}!==0)`).join('||')
      quick.push(`let l${k}=-1,c${k}=0;if(${speaks}){l${k}=-2;ahead+=${number(most)};}`)
      const level = writer.level(comparison)
      slow.push({
        cost: writer.cost(comparison),
        text: `if(l${k}===-2){ahead-=${number(most)};l${k}=${level};if(l${k}>=0){c${k}=${writer.adds(k, weights[k]!)};w+=c${k};}if(w+ahead<least)continue;}`,
      })
      return
    }
    const at = writer.at(column)
    const [parts0] = rarity
    const whole = parts0?.[0] === undefined ? null : writer.bench.give(equalWeights(parts0[0], base[0]!, room[0]!))
    const equal = whole === null ? number(base[0]!) : `${whole}[a${at}]`
    if (comparison.levels.length === 1) {
      quick.push(
        `let l${k}=-1,c${k}=0;if(a${at}!==0&&b${at}!==0){if(a${at}===b${at}){l${k}=0;c${k}=${equal};}else{l${k}=1;c${k}=${number(base[1]!)};}w+=c${k};}`,
      )
      return
    }
    quick.push(
      `let l${k}=-1,c${k}=0;if(a${at}!==0&&b${at}!==0){if(a${at}===b${at}){l${k}=0;c${k}=${equal};w+=c${k};}else{l${k}=-2;ahead+=${number(mostWithoutFirst)};}}`,
    )
    const level = writer.firstThatHolds(comparison.levels, 1)
    slow.push({
      cost: writer.cost(comparison),
      text: `if(l${k}===-2){ahead-=${number(mostWithoutFirst)};l${k}=${level};c${k}=${writer.adds(k, weights[k]!)};w+=c${k};if(w+ahead<least)continue;}`,
    })
  })
  slow.sort((left, right) => left.cost - right.cost)
  const earlier = Array.from({ length: Math.max(0, rules - 1) }, (_, rule) => rule)
  const keys = columns.length
  return `
function score(order,starts,from,to,rule,threshold,sink){
  const least=threshold-1e-6,sa=sink.a,sb=sink.b,sw=sink.weight,se=sink.evidence,room=sa.length
  let n=sink.count,compared=0,ready=starts[from],touched=0
  const last=starts[to]
  for(let block=from;block<to;block++){
    const end=starts[block+1]
    if(end>ready){
      const far=Math.min(last,Math.max(end,ready+${rowsAhead}))
      for(;ready<far;ready++)touched^=rows[order[ready]*${width}]
    }
    for(let x=starts[block];x<end-1;x++){
      const i=order[x]*${width}
      ${writer.codes('a', 'i')}
      ${earlier.map((rule) => `const k${rule}=rule>${rule}?rows[i+${keys + rule}]:0;`).join('')}
      for(let y=x+1;y<end;y++){
        const j=order[y]*${width}
        ${earlier.map((rule) => `if(k${rule}!==0&&k${rule}===rows[j+${keys + rule}])continue;`).join('')}
        compared++
        ${writer.codes('b', 'j')}
        ${writer.similarities()}
        let w=${number(parts.prior)},ahead=0
        ${quick.join('\n        ')}
        if(w+ahead<least)continue
        ${slow.map(({ text }) => text).join('\n        ')}
        w=${total(parts)}
        if(w<threshold)continue
        if(n===room){sink.count=n;sink.full();n=sink.count}
        sa[n]=order[x];sb[n]=order[y];sw[n]=w;se[n]=${marks(writer, parts)};n++
      }
    }
  }
  sink.count=n
  sink.touched=touched
  return compared
}`
}

/** The prior and what each comparison adds, always in the order of the comparisons, so that a weight is the same to the last bit. */
const total = ({ prior, comparisons }: KernelParts): string =>
  [number(prior), ...comparisons.map((_, k) => `c${k}`)].join('+')

const marks = (writer: Writer, { comparisons }: KernelParts): string =>
  comparisons.map((comparison, k) => `${writer.bench.give(evidenceOf(comparison))}[l${k}+1]`).join('|') || '0'

function equalWeights(
  part: NonNullable<ComparisonWeights['rarity'][number]>[number],
  base: number,
  room: number,
): Float64Array {
  return Float64Array.from(part.byCode, (bits) => base + Math.min(part.share * (part.usual - bits), room))
}

function pairSource(writer: Writer, parts: KernelParts, weights: readonly ComparisonWeights[]): string {
  const { comparisons, width } = parts
  const levels = comparisons.map((comparison, k) => `const l${k}=${writer.level(comparison)};`).join('\n  ')
  const adds = comparisons.map((_, k) => `const c${k}=l${k}<0?0:${writer.adds(k, weights[k]!)};`).join('\n  ')
  const open = `const i=p*${width},j=q*${width};${writer.codes('a', 'i')}${writer.codes('b', 'j')}${writer.similarities()}\n  ${levels}`
  return `
function weigh(p,q){
  ${open}
  ${adds}
  return ${total(parts)}
}
function evidence(p,q){
  ${open}
  return ${marks(writer, parts)}
}`
}

function levelsSource(writer: Writer, { comparisons, width }: KernelParts): string {
  const levels = comparisons.map((comparison, k) => `into[${k}]=${writer.level(comparison)};`).join('\n  ')
  return `
function levels(p,q,into){
  const i=p*${width},j=q*${width};${writer.codes('a', 'i')}${writer.codes('b', 'j')}${writer.similarities()}
  ${levels}
}`
}

const noWeights = (): never => {
  throw new TypeError('a kernel without weights knows only levels')
}

/** Compiles the kernel of a model. Dear (some milliseconds): once for a data set and model. */
export function openKernel(parts: KernelParts): Kernel {
  const writer = new Writer(parts)
  const { weights } = parts
  const source = [
    levelsSource(writer, parts),
    ...(weights === null ? [] : [scoreSource(writer, parts, weights), pairSource(writer, parts, weights)]),
  ]
  const names = writer.bench.values.map((_, at) => `e${at}`)
  // oxlint-disable-next-line typescript/no-implied-eval -- numbers and names of our own only; see the head of this file
  const made = new Function(
    'rows',
    'bench',
    `'use strict';const [${names.join(',')}]=bench;${source.join('')}
return {levels,${weights === null ? '' : 'score,weigh,evidence'}}`,
  )(parts.rows, writer.bench.values) as {
    levels: Kernel['levels']
    weigh?: Kernel['weigh']
    evidence?: Kernel['evidence']
    score?: (...given: readonly [Int32Array, Int32Array, number, number, number, number, unknown]) => number
  }
  const { score } = made
  return {
    levels: made.levels,
    weigh: made.weigh ?? noWeights,
    evidence: made.evidence ?? noWeights,
    score:
      score === undefined
        ? noWeights
        : ({ order, starts }, from, to, rule, threshold, sink) => score(order, starts, from, to, rule, threshold, sink),
  }
}
