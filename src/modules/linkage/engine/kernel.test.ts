import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { damerauLevenshtein, dateSlip, dayAndMonthSwapped, daysApart, jaroWinkler, wordsContained } from './compare.ts'
import { hire } from '../crew.ts'
import { valueTest } from './fact-tests.ts'
import { factsFor } from './facts.ts'
import {
  build,
  cluster,
  csvReader,
  defaultModel,
  score,
  scoreWith,
  train,
  trainWith,
  type ColumnKind,
  type Dataset,
  type ModelSpec,
  type Test,
} from './index.ts'
import { editsWithin, lettersOf, similarityOf } from './letters.ts'
import { strongestFirst } from './sort.ts'
import { difficultMentions, groups } from './splink.fixture.ts'

const rows = difficultMentions(1500, 7)
const spec = defaultModel()
/** The model without names of several people, which need its columns. */
const { namesakes: _, ...plain } = spec
const dataset = build(rows, spec, groups)

describe('letters in typed arrays', () => {
  // A few letters make words that are alike; one beyond the first plane must count as one.
  const word = fc
    .array(fc.constantFrom(...Array.from('aabcdeéx\u{1f600}')), { maxLength: 40 })
    .map((letters) => letters.join(''))
  const noSurrogates = word.map((text) => text.replaceAll('\u{1f600}', 'y'))
  it('are as alike as the plain Jaro-Winkler says, in either order when both are short', () => {
    fc.assert(
      fc.property(noSurrogates, noSurrogates, fc.constantFrom(0, 0.7, 0.88), (left, right, atLeast) => {
        const found = similarityOf(lettersOf(['', left, right], false))(1, 2, atLeast)
        const said = jaroWinkler(left, right)
        if (left === '' || right === '') assert.equal(found, 0)
        else if (found === 0) assert.ok(said < Math.max(atLeast, 1e-9), `${left} ${right} ${said}`)
        else assert.ok(Math.abs(found - said) < 1e-12 || Math.abs(found - jaroOneWay(left, right)) < 1e-12)
      }),
      { numRuns: 2000 },
    )
  })
  it('are as many edits apart as the plain distance says', () => {
    fc.assert(
      fc.property(noSurrogates, noSurrogates, fc.constantFrom(1, 2, 3), (left, right, atMost) => {
        const found = editsWithin(lettersOf(['', left, right], false))(1, 2, atMost)
        assert.equal(found, damerauLevenshtein(left, right) <= atMost)
      }),
      { numRuns: 2000 },
    )
  })
  it('count a letter of two units once', () => {
    const table = lettersOf(['', 'a\u{1f600}b', 'a\u{1f600}c'], false)
    assert.equal(table.starts[2]! - table.starts[1]!, 3)
    assert.equal(editsWithin(table)(1, 2, 1), true)
  })
})

/** The same in the order given: which letters are matched first hangs on it, and the engine keeps the order of the mentions. */
function jaroOneWay(left: string, right: string): number {
  const reach = Math.max(0, (Math.max(left.length, right.length) >> 1) - 1)
  const taken = new Set<number>()
  const matched: number[] = []
  Array.from(right).forEach((letter, at) => {
    for (let place = Math.max(0, at - reach); place <= Math.min(left.length - 1, at + reach); place++) {
      if (taken.has(place) || left[place] !== letter) continue
      taken.add(place)
      matched.push(at)
      return
    }
  })
  const shared = matched.length
  if (shared === 0) return 0
  const ordered = [...taken].sort((x, y) => x - y)
  const outOfOrder = matched.filter((at, n) => right[at] !== left[ordered[n]!]).length
  const jaro = (shared / left.length + shared / right.length + (shared - (outOfOrder >> 1)) / shared) / 3
  if (jaro <= 0.7) return jaro
  let prefix = 0
  while (prefix < 4 && prefix < left.length && left[prefix] === right[prefix]) prefix++
  return jaro + prefix * 0.1 * (1 - jaro)
}

/** A data set of one column with two values, and the answer of a test about them. */
function answer(
  kind: ColumnKind,
  test: Extract<Test, { readonly column: string }>,
  left: string,
  right: string,
): boolean {
  const small: ModelSpec = { ...plain, columns: [{ name: 'it', from: 'it', kind }], comparisons: [] }
  const made: Dataset = build(
    [left, right].map((it, at) => ({ id: `m${at}`, it })),
    small,
  )
  const { codes } = made.columns.get('it')!
  if (codes[0] === codes[1]) return false
  const comparison = {
    name: 'it',
    evidence: 'other',
    columns: ['it'],
    maxWeight: 9,
    otherwise: { label: '', m: 1, u: 1 },
  } as const
  const [fact] = Object.values(factsFor(made, [{ ...comparison, levels: [{ label: '', all: [test], m: 1, u: 1 }] }]))
  return valueTest(fact!, test as Parameters<typeof valueTest>[1])(codes[0]!, codes[1]!)
}

describe('tests of dates and words by code', () => {
  const two = (n: number): string => String(n).padStart(2, '0')
  const date = fc
    .tuple(fc.integer({ min: 1990, max: 1993 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }))
    .map(([year, month, day]) => `${year}-${two(month)}-${two(day)}`)
  it('find one slip, a swapped day and month, and days apart as the plain ones do', () => {
    fc.assert(
      fc.property(date, date, fc.integer({ min: 0, max: 900 }), (left, right, days) => {
        fc.pre(left !== right)
        assert.equal(answer('key', { test: 'dateSlip', column: 'it' }, left, right), dateSlip(left, right))
        assert.equal(
          answer('key', { test: 'dayMonthSwapped', column: 'it' }, left, right),
          dayAndMonthSwapped(left, right),
        )
        assert.equal(
          answer('key', { test: 'daysWithin', column: 'it', days }, left, right),
          daysApart(left, right) <= days,
        )
      }),
    )
  })
  it('take a date that is not in the calendar for near none', () => {
    assert.equal(answer('key', { test: 'daysWithin', column: 'it', days: 9999 }, '1990-02-30', '1990-03-01'), false)
  })
  it('find one list of words in another as the plain one does', () => {
    const name = fc
      .array(fc.constantFrom('ana', 'li', 'souza', 'costa'), { minLength: 1, maxLength: 3 })
      .map((all) => all.join(' '))
    fc.assert(
      fc.property(name, name, (left, right) => {
        fc.pre(left !== right)
        assert.equal(answer('key', { test: 'subset', column: 'it' }, left, right), wordsContained(left, right))
      }),
    )
  })
})

describe('work shared out', () => {
  it('comes to the same as work done alone, to the last bit', async () => {
    await using crew = hire(2)
    const model = train(dataset, spec)
    assert.deepEqual(await trainWith(crew, dataset, spec), model)
    const alone = score(dataset, model, { threshold: -4 })
    assert.ok(alone.edges.count > 500)
    assert.deepEqual(await scoreWith(crew, dataset, model, { threshold: -4 }), alone)
  })
})

describe('a level with an empty list of rarities', () => {
  it('weighs what it weighs without one', () => {
    const without: ModelSpec = {
      ...spec,
      comparisons: spec.comparisons.map((comparison) => ({
        ...comparison,
        levels: comparison.levels.map(({ label, all, m, u, strong = false }) => ({ label, all, m, u, strong })),
      })),
    }
    const empty: ModelSpec = {
      ...without,
      comparisons: without.comparisons.map((comparison) => ({
        ...comparison,
        levels: comparison.levels.map((level) => ({ ...level, tf: [] })),
      })),
    }
    const weights = (one: ModelSpec) => score(dataset, train(dataset, one)).edges.weight
    assert.deepEqual(weights(empty), weights(without))
  })
})

describe('the order of edges', () => {
  it('is by weight, then by position, and leaves out the light', () => {
    const model = train(dataset, spec)
    const { edges } = score(dataset, model, { threshold: 0 })
    const plain = Array.from({ length: edges.count }, (_, at) => at)
      .filter((at) => edges.weight[at]! >= 3)
      .sort((x, y) => edges.weight[y]! - edges.weight[x]! || edges.a[x]! - edges.a[y]! || edges.b[x]! - edges.b[y]!)
    assert.deepEqual([...strongestFirst(edges, 3)], plain)
    assert.deepEqual([...strongestFirst({ ...edges, count: 0 }, 3)], [])
  })
})

describe('mentions read as bytes', () => {
  const columns = spec.columns.map(({ from }) => from)
  const fields = [...new Set(columns)]
  const csv = [
    ['id', ...fields].join(','),
    ...rows.map((row) =>
      [row.id, ...fields.map((field) => String(Reflect.get(row, field) ?? ''))]
        .map((value) => (/[",\n\r]/.test(value) || value.length % 3 === 1 ? `"${value.replaceAll('"', '""')}"` : value))
        .join(','),
    ),
  ].join('\r\n')
  const bytes = new TextEncoder().encode(csv)

  it('are the mentions read as rows, wherever the chunks end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4000 }), (size) => {
        const reader = csvReader(spec, 'id', groups)
        for (let at = 0; at < bytes.length; at += size) reader.push(bytes.slice(at, at + size))
        const read = reader.finish()
        assert.deepEqual(read.ids, dataset.ids)
        for (const [name, { codes, counts }] of dataset.columns) {
          assert.deepEqual(read.columns.get(name)?.codes, codes, name)
          assert.deepEqual(read.columns.get(name)?.counts, counts, name)
        }
      }),
      { numRuns: 12 },
    )
  })
  it('are clustered alike', () => {
    const reader = csvReader(spec, 'id', groups)
    reader.push(bytes.slice())
    const read = reader.finish()
    const model = train(read, spec)
    assert.deepEqual(
      cluster(read, model, score(read, model).edges).of,
      cluster(dataset, model, score(dataset, model).edges).of,
    )
  })
  it('are refused without a column of ids, without an id, and where a quoted value never ends', () => {
    const read = (text: string): unknown => {
      const reader = csvReader(spec, 'id', groups)
      reader.push(new TextEncoder().encode(text))
      return reader.finish()
    }
    assert.throws(() => read('name\nAnn\n'), { code: 'linkage.no_id' })
    assert.throws(() => read('id,surname\n,Lee\n'), { code: 'linkage.no_id' })
    assert.throws(() => read('id,surname\na,"Lee\n'), { code: 'linkage.unfinished' })
    assert.throws(() => read('id,surname\na,Lee\na,Li\n'), { code: 'linkage.same_id_twice' })
    assert.throws(() => read(''), { code: 'linkage.no_id' })
  })
  it('tells which columns the file has not', () => {
    const lacking: string[] = []
    const reader = csvReader(spec, 'id', groups, (columns) => lacking.push(...columns))
    reader.push(new TextEncoder().encode('\ufeffid,surname\na,Lee\n'))
    assert.equal(reader.finish().size, 1)
    assert.ok(lacking.includes('dob') && !lacking.includes('surname'))
  })
})
