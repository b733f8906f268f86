import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { ROLES } from '#platform/access'
import { OUR_SCHEMAS } from '#platform/db'

/** Our pages by their path from the root, with slashes. */
type Pages = ReadonlyMap<string, string>

const read = (file: string): string => fs.readFileSync(file, 'utf8')
const found = (patterns: readonly string[]): string[] =>
  fs
    .globSync(patterns)
    .map((file) => file.split(path.sep).join('/'))
    .sort()
const PAGES: Pages = new Map(
  found(['*.md', 'docs/**/*.md', 'data/**/*.md', 'src/**/*.md', 'bench/**/*.md', 'e2e/**/*.md', 'test/**/*.md']).map(
    (file) => [file, read(file)],
  ),
)
const DECISIONS = /^docs\/decisions\/(\d{4})-[a-z0-9-]+\.md$/
const CODE = found(['src/**/*.ts', 'scripts/*.mjs', 'bench/*.ts', 'test/**/*.ts']).filter(
  (file) => !file.endsWith('.fixture.ts') && file !== 'test/docs.test.ts' && file !== 'test/architecture.test.ts',
)
const SCHEMA = read('schema.sql')
const manifest = JSON.parse(read('package.json')) as Record<
  'dependencies' | 'devDependencies' | 'scripts',
  Record<string, string>
>

interface Rule {
  readonly holds: string
  /** What is wrong, one line each. */
  readonly breaches: (pages: Pages) => string[]
  /** How much there was to look at. */
  readonly looked: (pages: Pages) => number
  /** A page that breaks it, and what is then said. */
  readonly planted: readonly (readonly [string, string, RegExp])[]
}

/** Every match of a pattern in every page, as [page, what the first group caught]. */
const said = (pages: Pages, pattern: RegExp, where = /\.md$/): [string, string][] =>
  [...pages].flatMap(([page, text]) =>
    where.test(page) ? [...text.matchAll(pattern)].map(([, what = '']): [string, string] => [page, what]) : [],
  )
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} -]/gu, '')
    .trim()
    .replaceAll(' ', '-')

const LINK = /\]\(([^)\s]+)\)/g
function brokenLinks(pages: Pages): string[] {
  return said(pages, LINK).flatMap(([page, link]) => {
    if (/^[a-z]+:/.test(link)) return []
    const [to = '', anchor] = link.split('#')
    const file = to === '' ? page : path.posix.join(path.posix.dirname(page), to)
    if (!fs.existsSync(file) && !pages.has(file)) return [`${page}: ${link}`]
    if (anchor === undefined) return []
    const headings = [...(pages.get(file) ?? '').matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => anchorOf(text))
    return headings.includes(anchor) ? [] : [`${page}: ${link}`]
  })
}

// Paths in code marks, from the root; a star stands for anything, and a migration may be named by its number.
const PATH = /`((?:src|test|docs|data|bench|e2e|scripts|migrations)\/[\w./*-]+)`/g
const missingFiles = (pages: Pages): string[] =>
  said(pages, PATH).flatMap(([page, file]) => (fs.globSync(`${file}*`).length > 0 ? [] : [`${page}: ${file}`]))

const TEST = /`([\w./-]+\.test\.ts)`: "([^"]+)"/g
function missingTests(pages: Pages): string[] {
  return [...pages].flatMap(([page, text]) =>
    [...text.matchAll(TEST)].flatMap(([, file = '', sentence = '']) => {
      const source = fs.existsSync(file) ? read(file) : ''
      const isThere = ["'", '`', '"'].some((quote) => source.includes(`${quote}${sentence}${quote},`))
      return isThere ? [] : [`${page}: ${file} "${sentence}"`]
    }),
  )
}

const OBJECT = new RegExp(`\`((?:${OUR_SCHEMAS.join('|')})\\.[a-z_]+)(?:\\(\\))?\``, 'g')
// Actions, events and codes of errors have such names too: they stand in the code in quotation marks.
const LITERALS = new Set(
  CODE.flatMap((file) => [...read(file).matchAll(/'([a-z]+\.[a-z_-]+)'/g)].map(([, said]) => said)),
)
const missingObjects = (pages: Pages): string[] =>
  said(pages, OBJECT, /^(README|CONTRIBUTING|CHANGELOG|docs\/)/).flatMap(([page, name]) =>
    LITERALS.has(name) || new RegExp(`(table|view|FUNCTION) ${name.replace('.', '\\.')}[ (]`).test(SCHEMA)
      ? []
      : [`${page}: ${name}`],
  )

const DEPENDENCIES = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
function unnamedDependencies(pages: Pages): string[] {
  const text = [...pages].map(([page, body]) => (DECISIONS.test(page) ? body : '')).join('\n')
  const listed = [...text.matchAll(/^\| `([@\w/-]+)` /gm)].map(([, name = '']) => name)
  return [
    ...DEPENDENCIES.filter((name) => !listed.includes(name)).map((name) => `no decision names ${name}`),
    ...listed.filter((name) => !DEPENDENCIES.includes(name)).map((name) => `${name} is not in package.json`),
  ]
}

const ROLE_ROW = /^\| `([a-z_]+)` +\| [A-Z]/gm
function wrongRoles(pages: Pages): string[] {
  const named = said(pages, ROLE_ROW, /^docs\/words\.md$/).map(([, role]) => role)
  return [
    ...Object.keys(ROLES).flatMap((role) => (named.includes(role) ? [] : [`docs/words.md does not say ${role}`])),
    ...named.flatMap((role) => (Object.hasOwn(ROLES, role) ? [] : [`there is no role ${role}`])),
  ]
}

// Of Node and npm themselves, or of the tests' own children.
const NOT_A_SETTING = /^(PATH|INIT_CWD|WORKER_URL)$/
const SETTINGS = [
  ...new Set(
    CODE.flatMap((file) => [...read(file).matchAll(/\benv(?:\['([A-Z_]+)'\]|\.([A-Z_]+))/g)]).map(
      ([, quoted, plain]) => quoted ?? plain ?? '',
    ),
  ),
].filter((name) => name !== '' && !NOT_A_SETTING.test(name))
function wrongSettings(pages: Pages): string[] {
  const named = said(pages, /`([A-Z]+(?:_[A-Z]+)+|PORT|HOST|CI)(?:=[a-z]+)?`/g, /^(CONTRIBUTING|docs\/deploy)\.md$/)
  return [
    ...SETTINGS.filter((name) => !named.some(([, one]) => one === name)).map((name) => `no page says ${name}`),
    ...named.flatMap(([page, name]) =>
      SETTINGS.includes(name) || /^(CREATEROLE|BYPASSRLS)$/.test(name) ? [] : [`${page}: nothing reads ${name}`],
    ),
  ]
}

const COMMANDS = found(['src/cli.ts', 'src/cli/*.ts', 'src/commands/*.ts', 'src/*cli*.ts', 'src/modules/*/cli.ts'])
  .flatMap((file) => [...read(file).matchAll(/\bname: '([a-z-]+(?: [a-z-]+)*)'/g)])
  .map(([, name = '']) => name)
function wrongCommands(pages: Pages): string[] {
  return [
    ...said(pages, /npm run dauntless -- ([a-z][a-z-]*(?: [a-z]+)?)/g).flatMap(([page, name]) =>
      COMMANDS.some((one) => one === name || one === name.split(' ')[0]) ? [] : [`${page}: dauntless ${name}`],
    ),
    ...said(pages, /npm run ([a-z]+)/g).flatMap(([page, name]) =>
      name in manifest.scripts ? [] : [`${page}: npm run ${name}`],
    ),
  ]
}

const ROOMS = found(['src/platform/*/index.ts', 'src/modules/*/index.ts', 'src/synthetic/index.ts']).map((file) =>
  path.posix.dirname(file),
)
const roomsWithout = (pages: Pages): string[] =>
  ROOMS.filter((room) => (pages.get(`${room}/README.md`) ?? '').length < 200).map((room) => `${room} has no README.md`)

function wrongNumbers(pages: Pages): string[] {
  const names = [...pages.keys()].filter((page) => page.startsWith('docs/decisions/')).toSorted()
  return names.flatMap((page, at) => {
    const number = Number(DECISIONS.exec(page)?.[1])
    const text = pages.get(page) ?? ''
    const parts = ['**Context.**', '**Decision.**', '**Consequences.**'].filter((part) => !text.includes(part))
    return [
      ...(number === at + 1 && text.startsWith(`# ${number}. `) ? [] : [`${page} is not number ${at + 1}`]),
      ...parts.map((part) => `${page} has no ${part}`),
    ]
  })
}

const PRIVATE = /(\/work\/|\/tmp\/|\/home\/|registry\.|TODO|FIXME|lorem)/g

const RULES: readonly Rule[] = [
  {
    holds: 'links to what is there',
    breaches: brokenLinks,
    looked: (pages) => said(pages, LINK).length,
    planted: [
      ['docs/a.md', '[x](nothing.md)', /docs\/a\.md: nothing\.md/],
      ['docs/a.md', '[x](words.md#nowhere)', /words\.md#nowhere/],
      ['README.md', '![x](docs/images/none.png)', /none\.png/],
    ],
  },
  {
    holds: 'names files that are there',
    breaches: missingFiles,
    looked: (pages) => said(pages, PATH).length,
    planted: [
      ['docs/a.md', 'see `src/platform/db/gone.ts`', /gone\.ts/],
      ['src/x/README.md', '`test/*.none.ts`', /none\.ts/],
    ],
  },
  {
    holds: 'names tests by sentences that they have',
    breaches: missingTests,
    looked: (pages) => said(pages, TEST).length,
    planted: [
      ['docs/a.md', '`test/docs.test.ts`: "pigs might fly"', /pigs/],
      ['docs/a.md', '`test/none.test.ts`: "x"', /none\.test/],
    ],
  },
  {
    holds: 'names tables and functions that the schema has',
    breaches: missingObjects,
    looked: (pages) => said(pages, OBJECT, /^docs\//).length,
    planted: [
      ['docs/a.md', '`people.ghost`', /people\.ghost/],
      ['docs/a.md', '`audit.erase_all()`', /erase_all/],
    ],
  },
  {
    holds: 'names every dependency in a decision',
    breaches: unnamedDependencies,
    looked: () => DEPENDENCIES.length,
    planted: [
      ['docs/decisions/0010-dependencies.md', '| `pg` | why |', /no decision names fastify/],
      ['docs/decisions/0099-more.md', '| `left-pad` | why |', /left-pad is not in package/],
    ],
  },
  {
    holds: 'says every role, and none that there is not',
    breaches: wrongRoles,
    looked: (pages) => said(pages, ROLE_ROW, /words\.md$/).length,
    planted: [
      ['docs/words.md', '| `investigator` | Investigator |', /does not say auditor/],
      ['docs/words.md', '| `chief_wizard` | Wizard |', /no role chief_wizard/],
    ],
  },
  {
    holds: 'says every setting, and none that nothing reads',
    breaches: wrongSettings,
    looked: () => SETTINGS.length,
    planted: [
      ['docs/deploy.md', '`PORT`', /no page says DATABASE_URL/],
      ['CONTRIBUTING.md', '`SECRET_SWITCH`', /nothing reads SECRET_SWITCH/],
    ],
  },
  {
    holds: 'gives commands that there are',
    breaches: wrongCommands,
    looked: () => COMMANDS.length,
    planted: [
      ['docs/a.md', 'npm run dauntless -- fly', /dauntless fly/],
      ['docs/a.md', 'npm run away', /npm run away/],
    ],
  },
  {
    holds: 'has a page for every room',
    breaches: roomsWithout,
    looked: () => ROOMS.length,
    planted: [['src/platform/db/README.md', 'short', /src\/platform\/db has no README/]],
  },
  {
    holds: 'numbers its decisions, each with context, decision and consequences',
    breaches: wrongNumbers,
    looked: (pages) => [...pages.keys()].filter((page) => DECISIONS.test(page)).length,
    planted: [
      ['docs/decisions/0001-again.md', '# 1. Again\n**Context.** **Decision.** **Consequences.**', /is not number/],
      ['docs/decisions/9999-late.md', '# 9999. Late\n**Context.** **Decision.**', /no \*\*Consequences/],
    ],
  },
  {
    holds: 'leaves nothing unfinished, and nothing of one machine',
    breaches: (pages) => said(pages, PRIVATE, /^(?!src|bench)/).map(([page, what]) => `${page}: ${what}`),
    looked: (pages) => pages.size,
    planted: [['docs/a.md', 'TODO: finish', /TODO/]],
  },
]

describe('the documents', () => {
  for (const { holds, breaches, looked, planted } of RULES) {
    it(holds, () => {
      assert.ok(looked(PAGES) >= 5, 'there was hardly anything to look at')
      assert.deepEqual(breaches(PAGES), [])
    })
    it(`and a breach is caught: ${holds}`, () => {
      for (const [page, text, named] of planted) {
        const lines = breaches(new Map([...PAGES, [page, text]]))
        assert.ok(
          lines.some((line) => named.test(line)),
          `${page}: ${text}`,
        )
      }
    })
  }

  it('hold a picture that is no heavier than 300 kB', () => {
    const pictures = found(['docs/images/*.png'])
    assert.ok(pictures.length >= 1)
    for (const picture of pictures) assert.ok(fs.statSync(picture).size < 300_000, picture)
  })

  it('come with the whole licence that package.json names', () => {
    const licence = read('LICENSE')
    assert.match(licence, /Apache License\s+Version 2\.0, January 2004/)
    for (const part of ['1. Definitions.', '9. Accepting Warranty', 'END OF TERMS AND CONDITIONS'])
      assert.ok(licence.includes(part), part)
  })
})
