import { holdsWhenEqual, meets, partsAgree, sharesItem, shortNames, similarityFrom, valueTest } from './fact-tests.ts'
import type { ColumnTest } from './fact-writing.ts'
import { factOf, partsFact, reversedFact } from './facts.ts'
import type { Kernel, KernelParts } from './kernel.ts'
import type { ComparisonSpec, Test } from './spec.ts'
import { evidenceOf, rarityOf, type ComparisonWeights } from './weights.ts'

/*
 * The loop over pairs is written out for each model: which columns are compared, in which order, with which weights. That is what
 * lets the machine keep a pair in its registers; a loop that asks a list of functions is several times slower. Only numbers and
 * names made here go into the source: a model's own words (labels, column names) never do.
 *
 * A pair and a block are functions of their own. A function that is called again and again is compiled once, when it has shown what
 * it does; a loop within a loop is compiled in the midst of running, left again at the end of the inner loop, and compiled anew: a
 * third of all processor time at a million mentions, when it was all one function.
 *
 * Names in it: p and q are the two mentions, i and j the places of their rows, n how many pairs the sink holds, a3 and b3 the codes
 * of the two mentions in column 3, l2 the level of comparison 2 (-1 silent, -2 not looked at yet), c2 what it adds, s3 the similarity
 * in column 3 (-2 not worked out yet).
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
  reversed: 10,
  parts: 30,
  edits: 20,
  overlap: 10,
  contained: 10,
  jw: 20,
  jaroWinkler: 20,
  damerau: 20,
  jaro: 100,
  levenshtein: 100,
  subset: 20,
}

function costOf(test: Test): number {
  return test.test === 'any' || test.test === 'every'
    ? test.of.reduce((sum, one) => sum + costOf(one), 0)
    : (costs[test.test] ?? 2)
}

type Similarity = Extract<Test, { test: 'jw' | 'jaroWinkler' }>

class Writer {
  readonly bench = new Bench()
  private readonly functions = new Map<string, string>()
  private readonly shorts = new Map<string, { readonly bothLong: string; readonly same: string }>()
  private readonly parts: KernelParts
  private readonly place: ReadonlyMap<string, number>
  /** What similarities are asked for, and the least that any of the tests asks: by the place of the column, `p` for plain letters. */
  private readonly leastAlike = new Map<string, number>()

  constructor(parts: KernelParts) {
    this.parts = parts
    this.place = new Map(parts.columns.map(({ name }, at) => [name, at]))
    const visit = (test: Test): void => {
      if (test.test === 'any' || test.test === 'every') test.of.forEach(visit)
      if (test.test !== 'jw' && test.test !== 'jaroWinkler') return
      const name = this.similarityName(test)
      this.leastAlike.set(name, Math.min(test.atLeast, this.leastAlike.get(name) ?? 1))
    }
    parts.comparisons.forEach(({ levels, silentWhen }) => {
      levels.forEach(({ all }) => all.forEach(visit))
      if (silentWhen !== undefined) visit(silentWhen)
    })
  }

  private similarityName({ test, column }: Similarity): string {
    return `s${this.at(column)}${test === 'jaroWinkler' ? 'p' : ''}`
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
      test.test === 'jw' || test.test === 'jaroWinkler'
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
    if (test.test === 'any') return `(${test.of.map((one) => this.holds(one)).join('||') || 'false'})`
    if (test.test === 'every') return `(${test.of.map((one) => this.holds(one)).join('&&') || 'true'})`
    if (test.test === 'swapped' || test.test === 'crossed') return this.across(test)
    if (test.test === 'reversed') return this.reversed(test)
    if (test.test === 'parts') return this.wordsOf(test.columns)
    const at = this.at(test.column)
    const [a, b] = [`a${at}`, `b${at}`]
    const same = `(${a}!==0&&${a}===${b})`
    if (test.test === 'exact') return same
    if (test.test === 'missing') return `(${a}===0||${b}===0)`
    if (test.test === 'recorded') return `(${a}!==0&&${b}!==0)`
    if (test.test === 'differs') return `(${a}!==0&&${b}!==0&&${a}!==${b})`
    if (test.test === 'fullDate' || test.test === 'firstOfJanuary') {
      const fact = this.parts.facts[factOf(this.parts.columns[at]!, test)]
      const kinds = this.bench.give(fact?.fact === 'numbers' ? fact.numbers : null)
      return `(${same}&&${kinds}[${a}]===${test.test === 'fullDate' ? 1 : 2})`
    }
    const found =
      test.test === 'jw' || test.test === 'jaroWinkler'
        ? this.alike(test, at)
        : `${this.call(test, test.column, JSON.stringify(test))}(${a},${b})`
    // Amounts and lists must be looked at even where the two values are one: a text that is no number is near nothing.
    if (test.test === 'numberWithin' || test.test === 'overlap' || test.test === 'contained') {
      return `(${a}!==0&&${b}!==0&&${found})`
    }
    return holdsWhenEqual(test)
      ? `(${a}!==0&&${b}!==0&&(${a}===${b}||${found}))`
      : `(${a}!==0&&${b}!==0&&${a}!==${b}&&${found})`
  }

  private alike(test: Similarity, at: number): string {
    const similarity = this.call(test, test.column, '')
    const name = this.similarityName(test)
    const least = this.leastAlike.get(name)!
    const found = `(${name}===-2?(${name}=${similarity}(a${at},b${at},${number(least)})):${name})>=${number(test.atLeast)}`
    if (test.test === 'jaroWinkler') return found
    const short = this.short(test.column)
    return `(${short.bothLong}(a${at},b${at})?${found}:${short.same}(a${at},b${at}))`
  }

  private short(column: string): { readonly bothLong: string; readonly same: string } {
    const key = factOf(this.parts.columns[this.at(column)]!, { test: 'jw', column, atLeast: 1 })
    const known = this.shorts.get(key)
    if (known !== undefined) return known
    const { bothLong, same } = shortNames(this.parts.facts[key])
    const made = { bothLong: this.bench.give(bothLong), same: this.bench.give(same) }
    this.shorts.set(key, made)
    return made
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

  private reversed({ columns, ways }: Extract<Test, { test: 'reversed' }>): string {
    const [one, other] = [this.at(columns[0]), this.at(columns[1])]
    const key = reversedFact(columns)
    const test = this.functions.get(key) ?? this.bench.give(meets(this.parts.facts[key]))
    this.functions.set(key, test)
    return `(${test}(a${one},b${other})${ways === 'both' ? '&&' : '||'}${test}(b${one},a${other}))`
  }

  private wordsOf(columns: readonly string[]): string {
    const agree = this.functions.get(partsFact) ?? this.bench.give(partsAgree(this.parts.facts[partsFact]))
    this.functions.set(partsFact, agree)
    const [left, right] = [
      this.bench.give(new Int32Array(columns.length)),
      this.bench.give(new Int32Array(columns.length)),
    ]
    const codes = columns.map((name, at) => `${left}[${at}]=a${this.at(name)},${right}[${at}]=b${this.at(name)}`)
    return `(${[...codes, `${agree}(${left},${right})`].join(',')})`
  }

  /** An expression that is true when both mentions have something in one of the columns; with no columns it always is. */
  speaks({ columns }: ComparisonSpec): string {
    return columns.map((name) => `(a${this.at(name)}!==0&&b${this.at(name)}!==0)`).join('||') || 'true'
  }

  /** An expression for the level of a comparison. */
  level(comparison: ComparisonSpec): string {
    const { silentWhen, levels } = comparison
    const speaks = silentWhen === undefined ? '' : `${this.holds(silentWhen)}?-1:`
    return `((${this.speaks(comparison)})?${speaks}${this.firstThatHolds(levels, 0)}:-1)`
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
      const terms = parts.map(({ column, byCode, usual, share, either }) => {
        const at = this.at(column)
        const bits = this.bench.give(byCode)
        const said = either ? `(a${at}!==0||b${at}!==0)` : `(a${at}!==0&&b${at}!==0)`
        const rare = this.bench.give(rarityOf({ usual, share }))
        return `(${said}?${rare}(${bits}[a${at}],${bits}[b${at}]):0)`
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
    return [...this.leastAlike.keys()].map((name) => `let ${name}=-2;`).join('')
  }

  cost({ levels, silentWhen }: ComparisonSpec): number {
    const all = levels.flatMap((level) => level.all)
    return all.reduce((sum, test) => sum + costOf(test), 0) + (silentWhen === undefined ? 0 : costOf(silentWhen))
  }
}

/** The column whose equality alone is the first level of a comparison, when that is all that must be asked of equal values. */
function decidedByEquality(comparison: ComparisonSpec): string | null {
  const [column, ...others] = comparison.columns
  const [first] = comparison.levels
  const [test, ...more] = first?.all ?? []
  const [rarity, ...rarities] = first?.tf ?? []
  const plain = others.length + more.length + rarities.length === 0 && comparison.silentWhen === undefined
  if (!plain || column === undefined || test?.test !== 'exact' || test.column !== column) return null
  return rarity === undefined || rarity.column === column ? column : null
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
      quick.push(`let l${k}=-1,c${k}=0;if(${writer.speaks(comparison)}){l${k}=-2;ahead+=${number(most)};}`)
      const level = writer.level(comparison)
      slow.push({
        cost: writer.cost(comparison),
        text: `if(l${k}===-2){ahead-=${number(most)};l${k}=${level};if(l${k}>=0){c${k}=${writer.adds(k, weights[k]!)};w+=c${k};}if(w+ahead<least)return n;}`,
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
      text: `if(l${k}===-2){ahead-=${number(mostWithoutFirst)};l${k}=${level};c${k}=${writer.adds(k, weights[k]!)};w+=c${k};if(w+ahead<least)return n;}`,
    })
  })
  slow.sort((left, right) => left.cost - right.cost)
  const earlier = Array.from({ length: Math.max(0, rules - 1) }, (_, rule) => rule)
  const keys = columns.length
  // A line of memory holds 16 numbers, and a row ends in the middle of one.
  const lines = Array.from({ length: Math.ceil((width - 1) / 16) + 1 }, (_, line) => Math.min(16 * line, width - 1))
  return `
function pair(p,q,i,j,least,threshold,sa,sb,sw,se,n){
  ${writer.codes('a', 'i')}
  ${writer.codes('b', 'j')}
  ${writer.similarities()}
  let w=${number(parts.prior)},ahead=0
  ${quick.join('\n  ')}
  if(w+ahead<least)return n
  ${slow.map(({ text }) => text).join('\n  ')}
  w=${total(parts)}
  if(w<threshold)return n
  sa[n]=p;sb[n]=q;sw[n]=w;se[n]=${marks(writer, parts)}
  return n+1
}
function readAhead(order,from,to){
  let touched=0
  for(let at=from;at<to;at++){const i=order[at]*${width};touched^=${lines.map((at) => `rows[i+${at}]`).join('^')}}
  return touched
}
function scoreBlock(order,from,end,rule,least,threshold,sink,sa,sb,sw,se){
  let n=sink.count,compared=0
  for(let x=from;x<end-1;x++){
    const p=order[x],i=p*${width}
    ${earlier.map((rule) => `const k${rule}=rule>${rule}?rows[i+${keys + rule}]:0;`).join('')}
    for(let y=x+1;y<end;y++){
      const q=order[y],j=q*${width}
      ${earlier.map((rule) => `if(k${rule}!==0&&k${rule}===rows[j+${keys + rule}])continue;`).join('')}
      compared++
      n=pair(p,q,i,j,least,threshold,sa,sb,sw,se,n)
      if(n===sa.length){sink.count=n;sink.full();n=sink.count}
    }
  }
  sink.count=n
  return compared
}
function score(order,starts,from,to,rule,threshold,sink){
  const last=starts[to]
  let compared=0,ready=starts[from],touched=0
  for(let block=from;block<to;block++){
    const end=starts[block+1]
    if(end>ready){
      const far=Math.min(last,Math.max(end,ready+${rowsAhead}))
      touched^=readAhead(order,ready,far)
      ready=far
    }
    compared+=scoreBlock(order,starts[block],end,rule,threshold-1e-6,threshold,sink,sink.a,sink.b,sink.weight,sink.evidence)
  }
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
  const rarity = rarityOf(part)
  const made = new Float64Array(part.byCode.length)
  for (let code = 0; code < made.length; code++) {
    const bits = part.byCode[code]!
    made[code] = base + Math.min(rarity(bits, bits), room)
  }
  return made
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
