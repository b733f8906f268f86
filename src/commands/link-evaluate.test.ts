import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { UsageError, type Context, type Outcome } from './command.ts'
import { LINK_EVALUATE_COMMANDS } from './link-evaluate.ts'

const rows = Array.from({ length: 90 }, (_, at) => {
  const person = Math.floor(at / 3)
  const letter = String.fromCharCode(97 + (person % 26))
  return [at, person, `Fore${letter}`, `Sur${letter}name`, `19${50 + person}-03-1${person % 10}`, `E1 ${person % 10}AB`]
})
const file = ['nr,whose,first_name,surname,dob,postcode', ...rows.map((row) => row.join(','))].join('\n')

describe('dauntless link evaluate', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'link-'))
    writeFileSync(join(folder, 'plain.csv'), file)
    writeFileSync(join(folder, 'packed.csv.gz'), gzipSync(file))
    writeFileSync(join(folder, 'broken.csv'), 'a,b\n"1,2\n3,4')
    writeFileSync(join(folder, 'empty.csv'), '')
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const context: Context = {
    say: () => {},
    folder: '',
    path: (typed) => join(folder, typed),
    installation: () => Promise.reject(new Error('no database is needed')),
  }
  async function run(words: readonly string[], map?: string): Promise<Outcome> {
    const [command] = LINK_EVALUATE_COMMANDS
    assert.ok(command)
    return command.run(context, map === undefined ? {} : { map }, words)
  }
  const MAP = 'nr=id,whose=person'

  it('measures a file without a database, packed or not, and says which columns it read', async () => {
    const plain = await run(['plain.csv'], MAP)
    assert.match(plain.said, /person from whose/)
    assert.match(plain.said, /90 mentions of 30 people/)
    const { seconds: _, ...packed } = (await run(['packed.csv.gz'], MAP)).result as { seconds: number }
    const { seconds: __, ...same } = plain.result as { seconds: number }
    assert.deepEqual(packed, same)
    assert.ok('calibration' in packed && 'byNameGroup' in packed && 'automatic' in packed)
  })

  const senseless: readonly (readonly [RegExp, readonly string[], string?])[] = [
    [/one file/, []],
    [/one file/, ['plain.csv', 'plain.csv']],
    [/cannot be read/, ['none.csv']],
    [/not a CSV file/, ['broken.csv']],
    [/fewer than two/, ['empty.csv']],
    [/who each row is/, ['plain.csv']],
    [/no column "nonsense"/, ['plain.csv'], 'nonsense=person'],
    [/a field is one of/, ['plain.csv'], 'whose=owner'],
  ]
  for (const [said, words, map] of senseless) {
    it(`refuses ${words.join(' ') || 'nothing'}${map === undefined ? '' : ` with ${map}`}: ${said.source}`, async () => {
      await assert.rejects(run(words, map), (error) => error instanceof UsageError && said.test(error.message))
    })
  }
})
