import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { csvTable } from './csv.ts'
import { type Summary, generate } from './generate.ts'
import { checkTargets } from './targets.ts'

describe('the synthetic London', () => {
  let folder = ''
  let summary: Summary
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'synthetic-'))
    summary = await generate({ out: join(folder, 'one'), scale: 0.01 })
  })
  after(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  it('is the same to the last byte when made again from the same seed', async () => {
    await generate({ out: join(folder, 'two'), scale: 0.01 })
    assert.equal(await fingerprint(join(folder, 'two')), await fingerprint(join(folder, 'one')))
  })

  it('differs when the seed differs, even far apart or by one', async () => {
    await generate({ out: join(folder, 'other'), scale: 0.01, seed: 20231102 })
    assert.notEqual(await fingerprint(join(folder, 'other')), await fingerprint(join(folder, 'one')))
  })

  it('holds 1% of 78,634 offences a year for three years and writes what it says', async () => {
    assert.equal(summary.recordedOffences, 2359)
    const names = await readdir(join(folder, 'one'))
    assert.equal(names.filter((name) => name.endsWith('.csv')).length, summary.files)
    const truth = await readFile(join(folder, 'one', 'truth', 'mentions.csv'), 'utf8')
    assert.equal(csvTable(truth).length, summary.mentions)
  })

  it('meets every target at the hundredth but the concentration of harm, which so few dyads cannot show', async () => {
    // The bands for harm are stated for the tenth: here some fifty dyads decide them (see tenth.test.ts).
    const judged = (await checkTargets(join(folder, 'one'))).filter((target) => !target.name.startsWith('harm held'))
    assert.equal(judged.length, 29)
    assert.deepEqual(
      judged.filter((target) => !target.ok),
      [],
    )
  })

  it('sends some files twice, some with a byte-order mark, and some outcomes late', async () => {
    const one = join(folder, 'one')
    const names = (await readdir(one)).filter((name) => name.endsWith('.csv'))
    const again = names.filter((name) => name.includes('_resend'))
    assert.ok(again.length > 0)
    for (const name of again)
      assert.deepEqual(await readFile(join(one, name)), await readFile(join(one, name.replace('_resend', ''))))
    let marks = 0
    const updates = new Map<string, Set<string>>()
    for (const name of names.filter((file) => file.startsWith('incidents_') && !file.includes('_resend'))) {
      const text = await readFile(join(one, name), 'utf8')
      if (text.startsWith('\uFEFF')) marks++
      for (const row of csvTable(text))
        updates.set(row('crime_ref'), (updates.get(row('crime_ref')) ?? new Set()).add(row('last_updated')))
    }
    assert.ok(marks > 0)
    assert.ok([...updates.values()].some((times) => times.size === 2))
    assert.equal((await readdir(join(one, 'dirt'))).length, 1)
  })

  it('renames the outcome column from the second quarter of 2025', async () => {
    const header = async (period: string): Promise<string> =>
      (await readFile(join(folder, 'one', `offences_AW_${period}.csv`), 'utf8')).split('\n')[0] ?? ''
    assert.match(await header('2025-Q1'), /outcome_code,/)
    assert.match(await header('2025-Q2'), /outcome_cd,/)
  })

  it('gives hardly any nominal to two people', async () => {
    const one = join(folder, 'one')
    const owners = new Map(
      csvTable(await readFile(join(one, 'truth', 'mentions.csv'), 'utf8')).map((row) => [
        row('mention_ref'),
        row('person_id'),
      ]),
    )
    const people = new Map<string, Set<string>>()
    for (const name of (await readdir(one)).filter((file) => file.startsWith('persons_') && !file.includes('_resend')))
      for (const row of csvTable(await readFile(join(one, name), 'utf8')))
        if (row('nominal_id') !== '')
          people.set(
            row('nominal_id'),
            (people.get(row('nominal_id')) ?? new Set()).add(owners.get(row('mention_ref')) ?? ''),
          )
    const shared = [...people.values()].filter((set) => set.size > 1).length
    assert.ok(people.size > 4000)
    assert.ok(shared / people.size < 0.004, `${shared} of ${people.size}`)
  })

  it('refuses a folder that holds something else, and a scale that is not above zero', async () => {
    const busy = await mkdtemp(join(folder, 'busy-'))
    await writeFile(join(busy, 'notes.txt'), 'mine')
    await assert.rejects(generate({ out: busy, scale: 0.01 }), RangeError)
    await assert.rejects(generate({ out: join(folder, 'none'), scale: 0 }), RangeError)
  })
})

async function fingerprint(folder: string): Promise<string> {
  const hash = createHash('sha256')
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .sort()
  for (const name of names) {
    hash.update(name.slice(folder.length))
    hash.update(await readFile(name))
  }
  return hash.digest('hex')
}
