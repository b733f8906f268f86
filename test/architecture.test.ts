import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { parseSync } from 'oxc-parser'

/** The law of direction (README): what each module may import. Nothing may import from a line below it. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  organisation: [],
  oversight: ['organisation'],
  people: ['organisation'],
  incidents: ['organisation', 'people'],
  linkage: ['organisation', 'people', 'incidents'],
  services: ['organisation'],
  awareness: ['organisation'],
  safeguarding: ['organisation', 'people', 'incidents', 'services'],
  orders: ['organisation', 'people', 'incidents', 'safeguarding'],
  stalking: ['organisation', 'people', 'incidents', 'safeguarding', 'orders'],
  disclosure: ['organisation', 'people', 'incidents', 'safeguarding'],
  programmes: ['organisation', 'people', 'safeguarding', 'orders'],
  targeting: ['organisation', 'people', 'incidents', 'linkage', 'orders'],
  operations: ['organisation', 'people', 'incidents', 'targeting', 'orders'],
  enforcement: ['organisation', 'people', 'incidents', 'orders', 'operations', 'safeguarding'],
  public: ['services', 'awareness', 'incidents', 'disclosure'],
  insight: [],
}

interface Import {
  readonly from: string
  readonly line: number
}
interface Said {
  readonly word: string
  readonly line: number
}
interface SourceFile {
  /** From the root of the repository, with slashes. */
  readonly file: string
  readonly imports: readonly Import[]
  /** Every use of a global that only the platform may use. */
  readonly globals: readonly Said[]
  /** Tables named in SQL, `schema.table`. */
  readonly tables: readonly Said[]
}
type Rule = (files: readonly SourceFile[]) => string[]

/** Where a name is a label of something else and not a use of the global. */
const LABELS: Readonly<Record<string, string>> = {
  MemberExpression: 'property',
  Property: 'key',
  MethodDefinition: 'key',
  PropertyDefinition: 'key',
  TSPropertySignature: 'key',
  TSMethodSignature: 'key',
  TSQualifiedName: 'right',
  ImportSpecifier: 'imported',
  ExportSpecifier: 'exported',
}
// `globalThis` would reach each of them by another name.
const GLOBALS = new Set(['Date', 'process', 'globalThis'])
const TABLE = /\b(?:from|join|into|update)\s+(?:only\s+)?([a-z_]+\.[a-z_]+)(?!\s*\()\b/gi

interface Node {
  readonly type: string
  readonly start: number
  readonly [field: string]: unknown
}
const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value
const nameOf = (value: unknown): unknown => (isNode(value) && value.type === 'Identifier' ? value['name'] : undefined)

function parse(file: string, source: string): SourceFile {
  const { module, program, errors } = parseSync(file, source)
  if (errors.length > 0) throw new Error(`${file} could not be parsed: ${errors[0]?.message}`)
  const lineAt = (at: number): number => source.slice(0, at).split('\n').length
  const requests = [
    ...module.staticImports.map((one) => one.moduleRequest),
    ...module.staticExports.flatMap((one) => one.entries.flatMap((entry) => entry.moduleRequest ?? [])),
  ].map(({ value, start }) => ({ from: value, line: lineAt(start) }))
  // An import() of an expression keeps its source text, which no rule lets through as a name.
  const later = module.dynamicImports.map(({ moduleRequest: { start, end } }) => ({
    from: source.slice(start, end).replace(/^(['"])(.*)\1$/, '$2'),
    line: lineAt(start),
  }))
  const globals: Said[] = []
  const tables: Said[] = []
  const walk = (value: unknown, parent?: Node, field = ''): void => {
    if (Array.isArray(value)) for (const one of value) walk(one, parent, field)
    if (!isNode(value)) return
    const line = (): number => lineAt(value.start)
    const name = nameOf(value)
    const isLabel = parent !== undefined && LABELS[parent.type] === field && parent['computed'] !== true
    if (typeof name === 'string' && GLOBALS.has(name) && !isLabel) globals.push({ word: name, line: line() })
    if (value.type === 'MemberExpression' && nameOf(value['object']) === 'Math') {
      if (value['computed'] === true || nameOf(value['property']) === 'random')
        globals.push({ word: 'Math.random', line: line() })
    } else if (name === 'Math' && !isLabel && !(parent?.type === 'MemberExpression' && field === 'object')) {
      globals.push({ word: 'Math', line: line() })
    }
    if (
      value.type === 'MemberExpression' &&
      nameOf(value['property']) === 'Now' &&
      nameOf(value['object']) === 'Temporal'
    )
      globals.push({ word: 'Temporal.Now', line: line() })
    if (value.type === 'TemplateElement' || (value.type === 'Literal' && typeof value['value'] === 'string')) {
      const text = source.slice(value.start, Number(value['end']))
      for (const [, table = ''] of text.matchAll(TABLE)) tables.push({ word: table, line: line() })
    }
    for (const [key, child] of Object.entries(value)) if (typeof child === 'object') walk(child, value, key)
  }
  walk(program)
  return { file, imports: [...requests, ...later], globals, tables }
}

const isTest = (file: string): boolean => /\.(test|fixture)\.ts$/.test(file)
const moduleOf = (file: string): string | undefined => /^src\/modules\/([^/]+)\//.exec(file)?.[1]
const where = (file: string, { line }: { line: number }, what: string): string => `${file}:${line} ${what}`

/** Every import of the files that `breaks` says is one too many, as `file:line imports x`. */
function importsThat(files: readonly SourceFile[], breaks: (file: string, from: string) => boolean): string[] {
  return files.flatMap(({ file, imports }) =>
    imports.filter(({ from }) => breaks(file, from)).map((one) => where(file, one, `imports ${one.from}`)),
  )
}

const modulesAreOnTheList: Rule = (files) =>
  [...new Set(files.flatMap(({ file }) => moduleOf(file) ?? []))]
    .filter((name) => !(name in MAY_IMPORT))
    .map((name) => `src/modules/${name} is not on the list`)

// A test may put any modules together, by their doors; only what runs has a direction.
const modulesImportOnlyTheirLine: Rule = (files) =>
  importsThat(files, (file, from) => {
    const mine = moduleOf(file)
    if (mine === undefined || !from.startsWith('#') || from.startsWith('#platform/')) return false
    const other = /^#modules\/([^/]+)$/.exec(from)?.[1]
    if (isTest(file)) return other === undefined && !from.startsWith('#test/') && from !== '#synthetic'
    return other === undefined || !(MAY_IMPORT[mine] ?? []).includes(other)
  })

const foldersAreLeftByName: Rule = (files) =>
  importsThat(files, (file, from) => {
    if (!from.startsWith('.')) return false
    const home = /^src\/(modules\/[^/]+|platform\/[^/]+|synthetic)\//.exec(file)?.[0]
    if (home === undefined) return false
    return from.startsWith('../..') || !path.posix.join(path.posix.dirname(file), from).startsWith(home)
  })

// What wires the whole (src/main.ts, src/modules.ts, bench, e2e) knows every module, but by its door as well.
const modulesAreEnteredByTheDoor: Rule = (files) =>
  importsThat(files, (file, from) => {
    if (moduleOf(file) !== undefined || !from.startsWith('.')) return false
    const target = path.posix.join(path.posix.dirname(file), from)
    return moduleOf(target) !== undefined && !/^src\/modules\/[^/]+\/index\.ts$/.test(target)
  })

const platformKnowsNoModule: Rule = (files) =>
  importsThat(files, (file, from) => {
    if (!file.startsWith('src/platform/') || isTest(file)) return false
    return (from.startsWith('#') && !from.startsWith('#platform/')) || from.includes('/modules')
  })

const engineStandsAlone: Rule = (files) =>
  importsThat(files, (file, from) => {
    const home = 'src/modules/linkage/engine/'
    if (!file.startsWith(home) || isTest(file) || file.endsWith('bench.ts')) return false
    return !from.startsWith('.') || !path.posix.join(path.posix.dirname(file), from).startsWith(home)
  })

const rulesArePure: Rule = (files) =>
  importsThat(files, (file, from) => {
    if (!/(^|[/-])rules\.ts$/.test(file)) return false
    if (from.startsWith('.')) return /(^|[/-])(store|actions|routes|views|jobs|cli|index)\.ts$/.test(from)
    return !from.startsWith('#modules/') && from !== '#platform/clock'
  })

const temporalHasOneSource: Rule = (files) =>
  importsThat(files, (file, from) => from.startsWith('temporal-polyfill') && file !== 'src/platform/clock/temporal.ts')

// Files straight in src are the processes (main, worker, cli) and what they wire.
const EDGE = /^(src\/platform\/|src\/[^/]+\.ts$|bench\/|scripts\/|e2e\/|test\/)|bench\.ts$/
const timeAndChanceComeFromThePlatform: Rule = (files) =>
  files
    .filter(({ file }) => !EDGE.test(file) && !isTest(file))
    .flatMap(({ file, globals, imports }) => [
      ...globals.map((one) => where(file, one, `says ${one.word}`)),
      ...imports.filter(({ from }) => /^(node:)?process$/.test(from)).map((one) => where(file, one, 'says process')),
    ])

// Reading a table of a module on its line is reading downward; what is not on its line it does not know.
const sqlGoesDownward: Rule = (files) =>
  files
    .filter(({ file }) => moduleOf(file) !== undefined && moduleOf(file) !== 'insight' && !isTest(file))
    .flatMap(({ file, tables }) => {
      const mine = moduleOf(file) ?? ''
      const known = [mine, ...(MAY_IMPORT[mine] ?? [])]
      const foreign = tables.filter(({ word }) => {
        const schema = word.split('.')[0] ?? ''
        return schema in MAY_IMPORT && !known.includes(schema)
      })
      return foreign.map((one) => where(file, one, `names ${one.word}`))
    })

/** A rule, and a small file that breaks it: [path, source, what is reported]. */
const RULES: readonly [string, Rule, readonly (readonly [string, string, string])[]][] = [
  [
    'every module is on the list',
    modulesAreOnTheList,
    [['src/modules/gossip/index.ts', 'export {}', 'src/modules/gossip is not on the list']],
  ],
  [
    'a module imports only the platform and the modules on its line, by their index',
    modulesImportOnlyTheirLine,
    [
      ['src/modules/people/store.ts', "import { x } from '#modules/incidents'", 'imports #modules/incidents'],
      ['src/modules/people/a.ts', "export * from '#modules/orders'", 'imports #modules/orders'],
      ['src/modules/people/b.ts', "export const y = await import('#modules/orders')", 'imports #modules/orders'],
      ['src/modules/incidents/c.ts', "import '#modules/people/store'", 'imports #modules/people/store'],
      ['src/modules/incidents/d.ts', "import '#synthetic'", 'imports #synthetic'],
      ['src/modules/incidents/e.ts', "import '#test/world'", 'imports #test/world'],
      ['src/modules/incidents/f.test.ts', "import '#modules/people/store'", 'imports #modules/people/store'],
    ],
  ],
  [
    'a folder is left by name, never by ../..',
    foldersAreLeftByName,
    [
      ['src/modules/people/store.ts', "import '../incidents/store.ts'", 'imports ../incidents/store.ts'],
      ['src/modules/incidents/import/flat.ts', "import '../../index.ts'", 'imports ../../index.ts'],
      ['src/platform/db/index.ts', "import '../clock/temporal.ts'", 'imports ../clock/temporal.ts'],
    ],
  ],
  [
    'a module is entered by its index',
    modulesAreEnteredByTheDoor,
    [['src/main.ts', "import './modules/people/store.ts'", 'imports ./modules/people/store.ts']],
  ],
  [
    'the platform knows no module',
    platformKnowsNoModule,
    [
      ['src/platform/http/a.ts', "import '#modules/people'", 'imports #modules/people'],
      ['src/platform/http/b.ts', "import '../../modules.ts'", 'imports ../../modules.ts'],
    ],
  ],
  [
    'the linkage engine imports nothing outside itself',
    engineStandsAlone,
    [
      ['src/modules/linkage/engine/score.ts', "import 'node:fs'", 'imports node:fs'],
      ['src/modules/linkage/engine/train.ts', "import '../store.ts'", 'imports ../store.ts'],
      ['src/modules/linkage/engine/model.ts', "import '#platform/clock'", 'imports #platform/clock'],
    ],
  ],
  [
    'rules are pure',
    rulesArePure,
    [
      ['src/modules/orders/rules.ts', "import { save } from './store.ts'", 'imports ./store.ts'],
      ['src/modules/orders/notice-rules.ts', "import 'node:fs'", 'imports node:fs'],
      ['src/modules/orders/dvpn/rules.ts', "import '#platform/db'", 'imports #platform/db'],
    ],
  ],
  [
    'Temporal has one source',
    temporalHasOneSource,
    [['src/modules/people/a.ts', "import { Temporal } from 'temporal-polyfill'", 'imports temporal-polyfill']],
  ],
  [
    'the time, chance and the process are handed in',
    timeAndChanceComeFromThePlatform,
    [
      ['src/modules/people/a.ts', 'export const at = Date.now()', 'says Date'],
      ['src/modules/people/b.ts', 'export const n = Math.random()', 'says Math.random'],
      ['src/modules/people/c.ts', 'export const { random } = Math', 'says Math'],
      ['src/modules/people/d.ts', "export const e = process.env['X']", 'says process'],
      ['src/modules/people/e.ts', "import { env } from 'node:process'", 'says process'],
      ['src/modules/people/f.ts', 'export const g = globalThis.Date', 'says globalThis'],
      ['src/synthetic/a.ts', 'export const now = Temporal.Now.instant()', 'says Temporal.Now'],
    ],
  ],
  [
    "a module's SQL names its own tables and those of the modules on its line",
    sqlGoesDownward,
    [
      ['src/modules/people/store.ts', 'tx.sql`select i.id from incidents.incident i`', 'names incidents.incident'],
      ['src/modules/incidents/a.ts', "tx.query('delete from targeting.score')", 'names targeting.score'],
    ],
  ],
]

function breachOfFirstLine(name: string, body: string): string[] {
  const [first = ''] = body.split('\n')
  const [, why = ''] = /^-- (\d{4}_[a-z_]+: .*)$/.exec(first) ?? []
  const stem = name.replace(/\.sql$/, '')
  return why.startsWith(`${stem}: `) && why.slice(stem.length + 2).trim().length >= 20 ? [] : [`${name}: ${first}`]
}

function breachOfTheNumbers(names: readonly string[]): string[] {
  return names.filter((name, at) => !name.startsWith(`${String(at + 1).padStart(4, '0')}_`))
}

describe('the architecture', () => {
  const files = fs
    .globSync(['src/**/*.ts', 'bench/**/*.ts', 'e2e/**/*.ts'])
    .map((file) => file.split(path.sep).join('/'))
    .sort()
    .map((file) => parse(file, fs.readFileSync(file, 'utf8')))

  it('is looked at whole: files, imports and modules are found', () => {
    assert.ok(files.length >= 50, `only ${files.length} files`)
    assert.ok(files.flatMap(({ imports }) => imports).length >= 150, 'found almost no imports')
    const homes = ['src/platform/', 'src/modules/incidents/', 'src/modules/linkage/engine/', 'src/synthetic/']
    for (const home of homes) assert.ok(files.filter(({ file }) => file.startsWith(home)).length >= 5, home)
    // the walk sees the globals where they are allowed
    for (const word of ['Date', 'process']) {
      assert.ok(
        files.some(({ globals }) => globals.some((said) => said.word === word)),
        word,
      )
    }
  })

  it('lists the modules in an order that has no way back up', () => {
    const listed = Object.keys(MAY_IMPORT)
    for (const [at, name] of listed.entries()) {
      for (const other of MAY_IMPORT[name] ?? []) assert.ok(listed.slice(0, at).includes(other), `${name}: ${other}`)
    }
    const onDisk = fs.readdirSync('src/modules')
    assert.ok(onDisk.length >= 2)
    assert.deepEqual(
      onDisk.filter((name) => !listed.includes(name)),
      [],
    )
  })

  for (const [sentence, rule, planted] of RULES) {
    it(sentence, () => assert.deepEqual(rule(files), []))
    it(`and a breach is caught: ${sentence}`, () => {
      for (const [file, source, said] of planted) {
        const found = rule([...files, parse(file, source)]).filter((line) => !rule(files).includes(line))
        assert.equal(found.length, 1, `${file}: ${source}`)
        assert.ok(found[0]?.endsWith(said), found[0])
      }
    })
  }

  it('lets a good file through', () => {
    const good = [
      parse(
        'src/modules/orders/rules.ts',
        `import type { Order } from './types.ts'\nimport { Temporal } from '#platform/clock'
         export const a = { Date: 1, process: Math.max(1, 2) }\nexport const b = a.Date + a.process`,
      ),
      parse(
        'src/modules/orders/store.ts',
        `import { x } from '#modules/people'\nimport type { Tx } from '#platform/db'
         export const all = (tx: Tx) => tx.sql\`select * from orders.order where id in (select people.my_claims())\``,
      ),
      parse('src/modules/incidents/import/flat.ts', "import '../types.ts'\nimport './bytes.ts'"),
    ]
    for (const [sentence, rule] of RULES) assert.deepEqual(rule(good), [], sentence)
  })
})

describe('the migrations', () => {
  const names = fs.readdirSync('migrations').filter((name) => name.endsWith('.sql'))

  it('say why in their first line, and are numbered without a gap or a double', () => {
    assert.ok(names.length >= 6)
    const bad = names.flatMap((name) => breachOfFirstLine(name, fs.readFileSync(`migrations/${name}`, 'utf8')))
    assert.deepEqual(bad, [])
    assert.deepEqual(breachOfTheNumbers(names.toSorted()), [])
  })

  it('and one that does not is caught', () => {
    for (const body of ['create table x ()', '-- 0009_words: ', '-- 0008_other: why this is here, at length\n'])
      assert.deepEqual(breachOfFirstLine('0009_words.sql', body), [`0009_words.sql: ${body.split('\n')[0]}`])
    assert.deepEqual(breachOfTheNumbers(['0001_a.sql', '0003_b.sql']), ['0003_b.sql'])
    assert.deepEqual(breachOfTheNumbers(['0001_a.sql', '0001_b.sql']), ['0001_b.sql'])
  })
})

describe('what one process at a time may do', () => {
  it('has a lock of its own for each thing: a number stands in one file', () => {
    const files = fs
      .readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    const filesOf = new Map<string, Set<string>>()
    for (const file of files) {
      for (const [number] of fs.readFileSync(path.join('src', file), 'utf8').matchAll(/\b727_?\d{3}\b/g)) {
        const lock = number.replace('_', '')
        filesOf.set(lock, (filesOf.get(lock) ?? new Set()).add(file))
      }
    }
    assert.ok(filesOf.size >= 6)
    const shared = [...filesOf].flatMap(([lock, of]) => (of.size > 1 ? [`${lock}: ${[...of].join(', ')}`] : []))
    assert.deepEqual(shared, [])
  })
})
