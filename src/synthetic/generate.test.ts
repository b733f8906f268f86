import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
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
    const names = await filesOf(join(folder, 'one'))
    assert.equal(names.filter((name) => !/^(?:truth|dirt)\/|^SYNTHETIC/.test(name)).length, summary.files)
    const truth = await readFile(join(folder, 'one', 'truth', 'mentions.csv'), 'utf8')
    assert.equal(csvTable(truth).length, summary.mentions)
  })

  it('meets the targets at the hundredth but those that so few people cannot show', async () => {
    // The bands for harm and for serial suspects are stated for the tenth: here some dozens decide them.
    const judged = (await checkTargets(join(folder, 'one'))).filter(
      ({ name }) => !/^harm held|^suspects with (?:two|three) or more victims/.test(name),
    )
    assert.ok(judged.length > 150, String(judged.length))
    assert.deepEqual(
      judged.filter((target) => !target.ok),
      [],
    )
  })

  it('sees what is wrong in a folder that was tampered with', async () => {
    const bad = join(folder, 'bad')
    await generate({ out: bad, scale: 0.01 })
    const [name = ''] = (await readdir(bad)).filter((one) => one.startsWith('persons_AW_'))
    const text = await readFile(join(bad, name), 'utf8')
    const [header = '', first = '', ...rest] = text.replaceAll('SYNTHETIC', 'REAL').split('\n')
    // A telephone number, a postcode and an address of somebody's, and no word that nobody is meant.
    await writeFile(join(bad, name), [header, first, 'Call 020 7230 1212 at SW1A 1AA, a@b.com', ...rest].join('\n'))
    await assert.rejects(checkTargets(bad), RangeError)
    const plain = [header, first, ...rest].join('\n').replace(/07700 ?900\d{3}/, '07911 123456')
    await writeFile(join(bad, name), plain)
    const missed = (await checkTargets(bad)).filter(({ ok }) => !ok).map((target) => target.name)
    assert.ok(missed.includes('telephone numbers outside the drama ranges'), missed.join())
    assert.ok(missed.includes('files without the word SYNTHETIC'), missed.join())
  })

  it('says of everybody on every list who they are', async () => {
    const one = join(folder, 'one')
    const known = new Set<string>()
    for (const name of ['mentions.csv', 'list-mentions.csv'])
      for (const row of csvTable(await readFile(join(one, 'truth', name), 'utf8'))) known.add(row('mention_ref'))
    let named = 0
    for (const name of await filesOf(one)) {
      if (!/^(?:custody|bail|court|orders|marac|dvds)\//.test(name)) continue
      const text = await readFile(join(one, name), 'utf8')
      const columns = (text.split('\n')[0] ?? '').split(',').filter((column) => column.endsWith('_mention_ref'))
      for (const row of csvTable(text))
        for (const column of columns) {
          if (row(column) === '') continue
          named++
          assert.ok(known.has(row(column)), `${name} ${row(column)}`)
        }
    }
    assert.ok(named > 2000, String(named))
  })

  it('writes referrals and services as JSON, each entry marked', async () => {
    const one = join(folder, 'one')
    const [name = ''] = await readdir(join(one, 'partners'))
    const sent: unknown = JSON.parse(await readFile(join(one, 'partners', name), 'utf8'))
    assert.ok(isObject(sent) && Array.isArray(sent['referrals']) && sent['watermark'] === 'SYNTHETIC')
    for (const referral of sent['referrals'] as unknown[]) {
      assert.ok(isObject(referral) && isObject(referral['perpetrator']) && referral['watermark'] === 'SYNTHETIC')
      assert.equal(referral['perpetrator']['aware_of_referral'], false)
    }
    const feed: unknown = JSON.parse(await readFile(join(one, 'services', 'services.json'), 'utf8'))
    assert.ok(isObject(feed) && Array.isArray(feed['contents']))
    assert.equal(feed['contents'].length, 4 * 32)
    for (const service of feed['contents'] as unknown[]) {
      assert.ok(isObject(service))
      assert.match(String(service['id']), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      assert.match(String(service['name']), /SYNTHETIC/)
      // Where a refuge is stands nowhere.
      if (String(service['name']).includes('Refuge'))
        assert.doesNotMatch(JSON.stringify(service), /latitude|postal_code/)
    }
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

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Every file of a folder, by its path from there. */
async function filesOf(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((file) => file.isFile())
    .map((file) => relative(folder, join(file.parentPath, file.name)))
    .sort()
}

async function fingerprint(folder: string): Promise<string> {
  const hash = createHash('sha256')
  const names = await filesOf(folder)
  for (const name of names) {
    hash.update(name)
    hash.update(await readFile(join(folder, name)))
  }
  return hash.digest('hex')
}
