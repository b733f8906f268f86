import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { barChart, egoNetwork, lineChart } from './chart.ts'
import type { Html } from './html.ts'
import { type Areas, choropleth } from './map.ts'
import { riskMark, timeMark } from './marks.ts'
import { dataTable } from './table.ts'
import { treeChart } from './tree.ts'
import { signedBarChart, waterfallChart } from './waterfall.ts'

const caption = { title: 'Incidents', description: 'Incidents by month' }

function square(code: string, x: number, y: number): Areas['features'][number] {
  const ring = [[x, y], [x + 0.1, y], [x + 0.1, y + 0.1], [x, y + 0.1], [x, y]] // prettier-ignore
  return {
    type: 'Feature',
    properties: { code, name: `Area <${code}>` },
    geometry: { type: 'Polygon', coordinates: [ring] },
  }
}
const areas: Areas = {
  type: 'FeatureCollection',
  features: [square('E1', -0.1, 51.5), square('E2', 0, 51.5), square('E3', 0.1, 51.5)],
}
const map = { ...caption, unit: 'incidents', area: 'Borough', codeProperty: 'code', nameProperty: 'name' }

const pictures: Readonly<Record<string, (label: string) => Html>> = {
  barChart: (label) => barChart({ title: label, description: label, unit: label, bars: [{ label, value: 3 }] }),
  lineChart: (label) =>
    lineChart({ ...caption, unit: label, along: label, steps: [label, 'b'], lines: [{ label, values: [1, null] }] }),
  egoNetwork: (label) => egoNetwork({ ...caption, centre: label, others: [{ label, tie: label, href: label }] }),
  signedBarChart: (label) =>
    signedBarChart({ title: label, description: label, unit: label, bars: [{ label, value: -2 }] }),
  treeChart: (label) =>
    treeChart({ title: label, description: label, nodes: [{ label, on: null, tie: '' }, { label, on: 0, tie: label }], table: { head: [{ key: 'a', text: label }], rows: [[label]] } }), // prettier-ignore
  waterfallChart: (label) =>
    waterfallChart({ title: label, description: label, unit: label, steps: [{ label, by: 3 }, { label, by: -1 }], total: label }), // prettier-ignore
  choropleth: (label) => choropleth(areas, new Map([['E1', 4]]), { ...map, title: label, unit: label }),
}

describe('every picture', () => {
  for (const [name, draw] of Object.entries(pictures)) {
    it(`${name} has a title, a description, its figures as a table, and no inline style`, () => {
      const shown = draw('Plain').toString()
      assert.match(shown, /<svg[^>]*role="img"[^>]*aria-labelledby="(\S+)-title \1-description"/)
      assert.match(shown, /<title id="picture-\w+-title">/)
      assert.match(shown, /<desc id=/)
      assert.match(shown, /<details[^]*<table[^]*<\/table>[^]*<\/details>/)
      assert.doesNotMatch(shown, /\sstyle=|<style|NaN|undefined/)
      assert.equal(draw('Plain').toString(), shown)
    })

    it(`${name} escapes its labels`, () => {
      fc.assert(
        fc.property(fc.constantFrom('<script>', '"onload=x', "'><b>", '&lt;'), (label) => {
          const shown = draw(label).toString()
          assert.doesNotMatch(shown, /<script|<b>/)
          assert.doesNotMatch(shown, /="[^"]*"onload/)
        }),
        { numRuns: 4 },
      )
    })
  }
})

describe('a bar chart', () => {
  it('draws bars as long as their figures', () => {
    const shown = barChart({
      ...caption,
      unit: 'n',
      bars: [2, 4, 0].map((value) => ({ label: `b${value}`, value })),
    }).toString()
    const widths = [...shown.matchAll(/<rect[^>]* width="([\d.]+)"/g)].map((match) => Number(match[1]))
    assert.deepEqual(widths, [230, 460, 0])
  })

  it('refuses figures that cannot be drawn', () => {
    for (const value of [-1, NaN, Infinity]) {
      assert.throws(() => barChart({ ...caption, unit: 'n', bars: [{ label: 'a', value }] }), RangeError)
    }
  })
})

describe('a line chart', () => {
  it('leaves a gap where there is no figure and says so in the table', () => {
    const lines = [{ label: 'DA', values: [1, 2, null, 4, 5] }]
    const shown = lineChart({
      ...caption,
      unit: 'n',
      along: 'Month',
      steps: ['a', 'b', 'c', 'd', 'e'],
      lines,
    }).toString()
    const path = / d="([^"]+)"/.exec(shown)?.[1] ?? ''
    assert.equal([...path.matchAll(/M/g)].length, 2)
    assert.match(shown, />no figure</)
  })

  it('refuses more lines than can be told apart, and lines of the wrong length', () => {
    const wrong = { ...caption, unit: 'n', along: 'Month', steps: ['a'] }
    assert.throws(() => lineChart({ ...wrong, lines: [{ label: 'x', values: [1, 2] }] }), RangeError)
    assert.throws(
      () => lineChart({ ...wrong, lines: Array.from({ length: 5 }, () => ({ label: 'x', values: [1] })) }),
      RangeError,
    )
  })
})

describe('a network', () => {
  it('draws twenty people, and lists all', () => {
    const others = Array.from({ length: 25 }, (_, index) => ({ label: `Person ${index}`, tie: 'cousin' }))
    const shown = egoNetwork({ ...caption, centre: 'Sam', others }).toString()
    assert.equal([...shown.matchAll(/dauntless-chart__person/g)].length, 20)
    assert.match(shown, /and 5 more, in the table/)
    assert.match(shown, /<th scope="row"[^>]*>Person 24</)
  })

  it('writes no two names over each other, beside a table and below it, from one person to twenty', () => {
    // at 16 pixels a letter of the typeface is 8.2 wide on average, and a line is 18 high
    const [letter, line] = [8.2, 18]
    for (const beside of [undefined, { head: [{ key: 'a', text: 'A' }], rows: [] }]) {
      for (let many = 1; many <= 20; many++) {
        const others = Array.from({ length: many }, () => ({ label: 'Olivia Example Su', tie: '' }))
        const shown = egoNetwork({ ...caption, centre: 'Sam', others, ...(beside && { beside }) }).toString()
        const names = [...shown.matchAll(/<text\s+x="([\d.]+)"\s+y="([\d.]+)"\s+text-anchor="middle"[^>]*>Olivia/g)]
        assert.equal(names.length, many)
        const places = names.map(([, x, y]) => ({ x: Number(x), y: Number(y) }))
        for (const [at, a] of places.entries())
          for (const b of places.slice(at + 1))
            assert.ok(
              Math.abs(a.x - b.x) >= 17 * letter * 0.9 || Math.abs(a.y - b.y) >= line - 1,
              `${many}: ${JSON.stringify([a, b])}`,
            )
      }
    }
  })
})

describe('a map', () => {
  const shown = choropleth(areas, new Map([['E1', 1], ['E2', 9]]), map).toString() // prettier-ignore

  it('shades areas by their figures, and hatches those without one', () => {
    assert.match(shown, /class="dauntless-chart__area dauntless-shade-0"/)
    assert.match(shown, /class="dauntless-chart__area dauntless-shade-4"/)
    assert.equal([...shown.matchAll(/dauntless-chart__area [^>]*fill="url\(#hatch/g)].length, 1)
    assert.match(shown, /Area &lt;E3&gt;: no figure/)
  })

  it('keeps north up and east right, whichever way a ring is wound', () => {
    const turned: Areas = {
      ...areas,
      features: areas.features.map((feature) => ({
        ...feature,
        geometry: {
          type: 'Polygon',
          coordinates: (feature.geometry.coordinates as number[][][]).map((ring) => ring.toReversed()),
        },
      })),
    }
    const starts = (markup: string): number[] =>
      [...markup.matchAll(/ d="M([\d.]+),/g)].map((match) => Number(match[1]))
    const order = starts(shown)
    assert.equal(order.length, 3)
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    )
    assert.deepEqual(starts(choropleth(turned, new Map([['E1', 1]]), map).toString()), order)
  })

  it('refuses a figure that belongs to no area', () => {
    assert.throws(() => choropleth(areas, new Map([['E9', 1]]), map), /E9/)
  })
})

describe('a table', () => {
  const head = [
    { key: 'name', text: 'Name', sortable: true },
    { key: 'days', text: 'Days', numeric: true, sortable: true },
  ]

  it('can be reached and named by keyboard and screen reader, and sets figures right', () => {
    const shown = dataTable({ caption: 'Late', head, rows: [['<A>', 3]], rowHeader: true }).toString()
    assert.match(shown, /role="region" aria-label="Late" tabindex="0"/)
    assert.match(shown, /<th scope="row" class="govuk-table__header">&lt;A&gt;<\/th>/)
    assert.match(shown, /<td class="govuk-table__cell govuk-table__cell--numeric">3<\/td>/)
  })

  it('sorts by links that say what they do', () => {
    const sort = { by: 'days', direction: 'ascending', href: (by: string, to: string) => `?by=${by}&to=${to}` } as const
    const shown = dataTable({ caption: 'Late', head, rows: [['A', 3]], sort }).toString()
    assert.match(
      shown,
      /aria-sort="ascending">\s*<a class="govuk-link dauntless-sort" href="\?by=days&amp;to=descending"/,
    )
    assert.match(shown, /aria-sort="none">\s*<a class="govuk-link dauntless-sort" href="\?by=name&amp;to=ascending"/)
  })

  it('says when it is empty, and refuses a row of the wrong length', () => {
    assert.match(
      dataTable({ caption: 'Late', head, rows: [], empty: 'Nothing is late.' }).toString(),
      /Nothing is late\./,
    )
    // on a phone the headings of no cards would be wider than the page
    const noCards = dataTable({ caption: 'Late', head, rows: [], empty: 'Nothing is late.', cards: true }).toString()
    assert.match(noCards, /Late[^]*Nothing is late\./)
    assert.doesNotMatch(noCards, /<table|<th/)
    assert.throws(() => dataTable({ caption: 'Late', head, rows: [['A']] }), RangeError)
  })
})

describe('marks of risk and time', () => {
  it('say it in words, and each has a shape of its own', () => {
    const marks = [riskMark('high'), riskMark('medium'), riskMark('standard'), timeMark('overdue', '2 days late')]
    assert.match(marks[0]?.toString() ?? '', /High risk<\/span/)
    assert.match(marks[3]?.toString() ?? '', /2 days late<\/span/)
    const shapes = marks.map((mark) => /<svg[^>]*>([^]*)<\/svg/.exec(mark.toString())?.[1])
    assert.equal(new Set(shapes).size, marks.length)
  })
})

describe('a waterfall', () => {
  const draw = (steps: readonly number[]): string =>
    waterfallChart({
      ...caption,
      unit: 'bits',
      total: 'Sum',
      steps: steps.map((by, at) => ({ label: `s${at}`, by })),
    }).toString()
  /** The bars as [from, to], by their places in the picture. */
  const bars = (shown: string): [number, number][] =>
    [...shown.matchAll(/<rect[^>]*?x="([-\d.]+)"[^>]*?width="([\d.]+)"/g)].map(([, x, width]) => [
      Number(x),
      Number(x) + Number(width),
    ])

  it('begins each step where the one before it ended, and the total at nought', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.integer({ min: -200, max: 200 }).map((n) => n / 10),
          { minLength: 1, maxLength: 12 },
        ),
        (steps) => {
          const found = bars(draw(steps))
          assert.equal(found.length, steps.length + 1)
          steps.forEach((by, at) => {
            const [next, here] = [steps[at + 1], found[at]]
            if (next === undefined || Math.abs(by) < 1 || Math.abs(next) < 1 || here === undefined) return
            const end = by < 0 ? here[0] : here[1]
            const begin = next < 0 ? found[at + 1]?.[1] : found[at + 1]?.[0]
            assert.ok(Math.abs(end - (begin ?? NaN)) < 0.3, `${end} ${begin}`)
          })
        },
      ),
    )
  })

  it('says each figure with its sign, and what speaks against is drawn otherwise', () => {
    const shown = draw([-12, 20.5, -1.25])
    for (const said of ['−12', '+20.5', '−1.3', '>7.3<']) assert.ok(shown.includes(said), said)
    assert.equal(shown.match(/dauntless-chart__against/g)?.length, 2)
    assert.throws(() => draw([Number.NaN]), RangeError)
    const signed = signedBarChart({ ...caption, unit: 'bits', bars: [{ label: 'a', value: 4 }, { label: 'b', value: -2.5 }] }).toString() // prettier-ignore
    assert.equal(bars(signed)[0]?.[0], bars(signed)[1]?.[1], 'both begin at nought')
    assert.ok(signed.includes('−2.5') && signed.includes('+4'))
  })
})

describe('a tree', () => {
  const draw = (parents: readonly (number | null)[]): string =>
    treeChart({
      ...caption,
      nodes: parents.map((on, at) => ({ label: `n${at}`, on, tie: '' })),
      table: { head: [{ key: 'a', text: 'A' }], rows: [] },
    }).toString()

  it('draws a line for each that hangs on another, twenty-four at most, and says how many more there are', () => {
    assert.equal(draw([null, 0, 1, 0, null]).match(/dauntless-chart__tie/g)?.length, 3)
    const many = draw(Array.from({ length: 30 }, (_, at) => (at === 0 ? null : at - 1)))
    assert.equal(many.match(/dauntless-chart__person/g)?.length, 24)
    assert.match(many, /and 6 more/)
  })

  it('refuses what hangs on itself or on what comes later', () => {
    for (const parents of [[0], [null, 2, null], [-1]]) assert.throws(() => draw(parents), RangeError)
  })
})
