import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { inTransaction } from '#platform/db'
import { world, type World } from '#test/world'
import { build, defaultModel, type Dataset } from './engine/index.ts'
import { readForce, readSome } from './mentions.ts'
import { loadNameGroups } from './search-keys.ts'

/** The values of each column, mention by mention. */
const valuesOf = ({ ids, columns }: Dataset): unknown => [
  ids,
  [...columns].map(([name, { codes, lexicon }]) => [name, Array.from(codes, (code) => lexicon.values[code])]),
]

describe('the mentions of a force as the engine reads them', () => {
  let force: World
  before(async () => {
    force = await world()
  })
  after(() => force.close())

  it('are the same read as bytes and as rows, whatever is written in them and whoever is on a record', async () => {
    // what CSV, COPY and spreadsheets have a meaning of their own for
    const written = fc.oneof(
      fc.constantFrom(
        null,
        '',
        ' ',
        '"',
        '""',
        ',',
        '\\N',
        '\\.',
        'NULL',
        "O'Neil",
        'Ann "Annie", Mary',
        'two\nlines',
        'back\\slash',
        'Zoë',
        '李',
      ),
      fc.string({ maxLength: 9, unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
    )
    const { rows } = await force.admin.query<{ id: string }>('select id from people.mention order by id')
    const seed = Date.now() & 0x7fffffff
    console.log(`# seed ${seed}`)
    const forces = fc.sample(
      fc.array(fc.record({ forenames: written, surname: written, knownAs: written, isSuspect: fc.boolean() }), {
        minLength: rows.length,
        maxLength: rows.length,
      }),
      { numRuns: 20, seed },
    )
    const groups = loadNameGroups()
    for (const mentions of forces) {
      await force.admin.query(
        `update people.mention m set forenames = x.forenames, surname = x.surname, known_as = x.known_as, role = x.role
         from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) x (id, forenames, surname, known_as, role) where m.id = x.id`,
        [
          rows.map(({ id }) => id),
          mentions.map(({ forenames }) => forenames),
          mentions.map(({ surname }) => surname),
          mentions.map(({ knownAs }) => knownAs),
          mentions.map(({ isSuspect }) => (isSuspect ? 'suspect' : 'victim')),
        ],
      )
      await inTransaction(force.workerPool, async (client) => {
        const standing = await readSome(client, rows.map(({ id }) => id)) // prettier-ignore
        const asRows = build(standing, defaultModel(), groups)
        assert.ok(asRows.size > 5)
        assert.deepEqual(valuesOf(await readForce(client, defaultModel(), groups)), valuesOf(asRows))
      })
    }
  })
})
