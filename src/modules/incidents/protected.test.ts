// Where somebody lives whose address must not become known is kept apart from the moment that it is taken in.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { systemClock } from '#platform/clock'
import { withScope } from '#platform/db'
import { WHO, world, type Who, type World } from '#test/world'
import { correctJob } from './corrections.ts'
import { loadProfile, preview } from './import/index.ts'
import { runImport } from './import-run.ts'
import { batch, exportProblems } from './store.ts'

const HEAD = [
  'crime_ref', 'reported_dt', 'last_updated', 'ho_offence_code', 'da_flag', 'bcu', 'ward_code', 'address', 'postcode', 'lat', 'lon', 'mo_text',
  'victim_nominal_id', 'victim_forenames', 'victim_surname', 'victim_dob', 'victim_address', 'victim_postcode', 'victim_phone', 'victim_address_protected',
  'suspect_surname', 'suspect_address', 'suspect_postcode', 'suspect_phone',
] as const // prettier-ignore
type Cells = Partial<Record<(typeof HEAD)[number], string>>
const HERS: Cells = {
  reported_dt: '2026-01-05 10:00', last_updated: '2026-01-06 10:00', ho_offence_code: '8N', da_flag: 'Y', bcu: 'AW', ward_code: 'E05013800',
  address: '"Flat 3, 17 Quillwort Road, Barnet"', postcode: 'N12 4CM', lat: '51.6101', lon: '-0.1777',
  mo_text: '"She asks to be rung on +44 7700-900 417 only; now at 17, quillwort ROAD (n124cm)."',
  victim_nominal_id: 'N5550001', victim_forenames: 'Oriel', victim_surname: 'Vantongeren', victim_dob: '1988-03-04',
  victim_address: '"Flat 3, 17 Quillwort Road, Barnet"', victim_postcode: 'N12 4CM', victim_phone: '07700 900417',
  suspect_surname: 'Lee', suspect_address: '2 Other Lane', suspect_postcode: 'E1 7KV', suspect_phone: '07700 900111',
} // prettier-ignore
/** What would give her away, however it is written. */
const SECRET = /quillwort|n12\s*4cm|7700[\s-]*900[\s-]*417|(?<![\d.])(51\.6101|0\.1777)(?!\d)|E05013800/i

describe('a protected address that an import brings', () => {
  let force: World
  let folder: string
  let files = 0
  before(async () => {
    force = await world()
    folder = mkdtempSync(join(tmpdir(), 'dauntless-protected-'))
  })
  after(async () => {
    await force.close()
    rmSync(folder, { recursive: true })
  })

  const lineOf = (cells: Cells): string => HEAD.map((name) => cells[name] ?? '').join(',')
  function fileOf(...rows: readonly Cells[]): string {
    const path = join(folder, `rows_${files++}.csv`)
    writeFileSync(path, [HEAD.join(), ...rows.map(lineOf), ''].join('\n'))
    return path
  }
  const take = (...rows: readonly Cells[]) => runImport(force.workerPool, { paths: [fileOf(...rows)], profile: 'rms' })

  /** Everything that the web role has a grant for, of a record and whatever it was before. */
  async function readable(ref: string): Promise<string> {
    const { rows } = await force.admin.query<{ text: string }>(
      `select jsonb_build_array(to_jsonb(i), (select jsonb_agg(v) from incidents.incident_version v where v.incident_id = i.id),
         (select jsonb_agg(m) from people.mention m where m.record_id = i.id)) #>> '{}' as text
       from incidents.incident i where i.ref = $1`,
      [ref],
    )
    return rows[0]?.text ?? assert.fail(`${ref} was not taken in`)
  }
  const apart = async (ref: string) =>
    (
      await force.admin.query<{ surname: string; address: string | null; postcode: string | null; phone: string | null; stands: boolean }>(
        `select m.surname, c.address, c.postcode, c.phone, m.superseded_at is null as stands
         from people.protected_contact c join people.mention m on m.id = c.mention_id
         join incidents.incident i on i.id = m.record_id where i.ref = $1 order by stands, m.surname`,
        [ref],
      )
    ).rows // prettier-ignore

  it('is not on the record, and is kept: the contact, the place, and the text that gives it', async () => {
    await take({ ...HERS, crime_ref: 'A-1', victim_address_protected: 'Y' }, { ...HERS, crime_ref: 'A-2' })
    assert.match(await readable('A-2'), SECRET) // without the mark nothing is hidden, so that the pattern is known to find it
    const text = await readable('A-1')
    assert.doesNotMatch(text, SECRET)
    assert.match(text, /2 Other Lane/)
    assert.match(text, /rung on \+44 \[protected\] only; now at \[protected\] \(\[protected\]\)/)
    const [one, ...rest] = await apart('A-1')
    assert.deepEqual(rest, [])
    assert.deepEqual(one, {
      surname: 'Vantongeren', address: 'Flat 3, 17 Quillwort Road, Barnet', postcode: 'N12 4CM', phone: '07700 900417', stands: true,
    }) // prettier-ignore
    const { rows } = await force.admin.query<{ said: { address: string; lat: number; summary: string } }>(
      `select said from incidents.protected_place p join incidents.incident i on i.id = p.incident_id where i.ref = 'A-1'`,
    )
    assert.equal(rows.length, 1)
    assert.equal(rows[0]?.said.lat, 51.6101)
    assert.match(rows[0].said.summary, /quillwort ROAD/)
  })

  it('is one by any word but no', async () => {
    const words = ['yes', 'Refuge', 'confidential', '?', 'N', 'none', '0']
    await take(...words.map((word, at) => ({ ...HERS, crime_ref: `B-${at}`, victim_address_protected: word })))
    const hidden: boolean[] = []
    for (const at of words.keys()) hidden.push(!SECRET.test(await readable(`B-${at}`)))
    assert.deepEqual(hidden, [true, true, true, true, false, false, false])
  })

  it('covers whoever is written at the same address, postcode or number on that record', async () => {
    const same: readonly [string, Cells][] = [
      ['C-1', { suspect_address: '17 quillwort road', suspect_postcode: '' }],
      ['C-2', { suspect_postcode: 'n124cm' }],
      ['C-3', { suspect_phone: '+447700900417' }],
    ]
    await take(...same.map(([crime_ref, cells]) => ({ ...HERS, crime_ref, victim_address_protected: 'Y', ...cells })))
    for (const [ref] of same) {
      assert.doesNotMatch(await readable(ref), SECRET, ref)
      assert.deepEqual((await apart(ref)).map(({ surname }) => surname), ['Lee', 'Vantongeren'], ref) // prettier-ignore
    }
  })

  it('is taken out of what stood before, when a later version says that it is one', async () => {
    const first = { ...HERS, crime_ref: 'D-1' }
    await take(first)
    await take({ ...first, last_updated: '2026-01-07 10:00', victim_forenames: 'Oriel May' })
    assert.match(await readable('D-1'), SECRET)
    await take({ ...first, last_updated: '2026-01-08 10:00', victim_forenames: 'Oriel May', victim_address_protected: 'Y' }) // prettier-ignore
    assert.doesNotMatch(await readable('D-1'), SECRET)
    assert.deepEqual((await apart('D-1')).filter(({ surname }) => surname === 'Vantongeren').map(({ stands }) => stands), [false, false, true]) // prettier-ignore
    const { rows } = await force.admin.query(
      `select 1 from incidents.protected_place p join incidents.incident i on i.id = p.incident_id where i.ref = 'D-1'`,
    )
    assert.equal(rows.length, 3) // two versions, and the record
  })

  it('stays one when a later version does not say so, and its mention stays the same', async () => {
    const first = { ...HERS, crime_ref: 'E-1', victim_address_protected: 'Y' }
    await take(first)
    const mentions = async () =>
      (
        await force.admin.query<{ id: string }>(
          `select m.id from people.mention m join incidents.incident i on i.id = m.record_id where i.ref = 'E-1' order by 1`,
        )
      ).rows
    const was = await mentions()
    await take({ ...first, last_updated: '2026-01-09 10:00', mo_text: 'A word more.', victim_address_protected: '' })
    assert.doesNotMatch(await readable('E-1'), SECRET)
    assert.match(await readable('E-1'), /A word more/)
    assert.deepEqual(await mentions(), was)
    // the new address of somebody else is theirs to show; that of the one who is protected is hers
    await take({ ...first, last_updated: '2026-01-10 10:00', suspect_address: '5 Third Way', victim_phone: '07700 900418' }) // prettier-ignore
    const text = await readable('E-1')
    assert.doesNotMatch(text, SECRET)
    assert.match(text, /5 Third Way/)
    assert.doesNotMatch(text, /900418/)
  })

  it('leaves the person of before, once it is one, and keeps whom it has', async () => {
    const first = { ...HERS, crime_ref: 'F-1' }
    await take(first)
    const herPerson = async () =>
      (
        await force.admin.query<{ person: string | null }>(
          `select b.person_id as person from people.mention m join incidents.incident i on i.id = m.record_id
           left join people.membership b on b.mention_id = m.id and b.to_at is null
           where i.ref = 'F-1' and m.role = 'victim' and m.superseded_at is null`,
        )
      ).rows[0]?.person
    const linkAnew = () =>
      force.admin.query(
        `with p as (insert into people.person (name, reach) values ('Oriel', '{1}') returning id),
         d as (insert into people.decision (kind, model) values ('link', 'test') returning id)
         insert into people.membership (mention_id, person_id, decision_id) select m.id, p.id, d.id from p, d, people.mention m
         join incidents.incident i on i.id = m.record_id where i.ref = 'F-1' and m.role = 'victim' and m.superseded_at is null`,
      )
    await linkAnew()
    assert.notEqual(await herPerson(), null)
    await take({ ...first, last_updated: '2026-01-08 10:00', victim_address_protected: 'Y' })
    assert.equal(await herPerson(), null)
    await linkAnew()
    const now = await herPerson()
    await take({ ...first, last_updated: '2026-01-09 10:00', victim_phone: '07700 900419', victim_address_protected: 'Y' }) // prettier-ignore
    assert.equal(await herPerson(), now)
  })

  it('is out of a record when its correction comes without the people, and when those come after it', async () => {
    const incident = 'crime_ref,reported_dt,da_flag,bcu,ward_code,address,postcode,lat,lon,mo_text,last_updated\n'
    const said = (ref: string, updated: string): string =>
      `${ref},2026-01-05T10:00,Y,AW,E05013800,"17 Quillwort Road",N12 4CM,51.6101,-0.1777,Told at 17 Quillwort Road.,${updated}\n`
    const offences = 'crime_ref,offence_seq,offence_code,offence_title\n'
    const persons = 'crime_ref,person_seq,role,forenames,surname,address,postcode,phone,address_protected\n'
    const deliver = async (name: string, one: string, who: string): Promise<void> => {
      for (const [table, text] of [
        ['incidents', incident + one],
        ['offences', offences],
        ['persons', persons + who],
      ])
        // prettier-ignore
        writeFileSync(join(folder, `${table}_${name}.csv`), text ?? '')
      await runImport(force.workerPool, {
        paths: ['incidents', 'offences', 'persons'].map((table) => join(folder, `${table}_${name}.csv`)),
        profile: 'synthetic',
      })
    }
    const her = (ref: string): string => `${ref},1,victim,Oriel,Vantongeren,17 Quillwort Road,N12 4CM,07700 900417,Y\n`
    await deliver('AW_one', said('T-1', '2026-01-06T10:00'), her('T-1'))
    await deliver('AW_two', said('T-1', '2026-01-07T10:00'), '')
    await deliver('AW_three', said('T-2', '2026-01-07T10:00'), '')
    assert.match(await readable('T-2'), SECRET)
    await deliver('AW_four', said('T-2', '2026-01-06T10:00'), her('T-2'))
    // and when their row cannot be read
    await deliver('AW_five', said('T-3', '2026-01-06T10:00'), her('T-3').replace('victim', 'no role'))
    for (const ref of ['T-1', 'T-2', 'T-3']) assert.doesNotMatch(await readable(ref), SECRET, ref)
  })

  it('is in no row that an analyst can read, nor in the look before an import; and a row put right is taken in without it', async () => {
    const wrong = { ...HERS, victim_dob: 'no day' }
    const ragged = { ...wrong, crime_ref: 'G-3', mo_text: 'one, cell too many' }
    const path = fileOf(
      { ...wrong, crime_ref: 'G-1', victim_address_protected: 'Y', victim_postcode: 'N12 4CM 4' },
      { ...wrong, crime_ref: 'G-2', victim_address: '', victim_postcode: '', victim_phone: '', address: '', postcode: '', mo_text: '', lat: '', lon: '', ward_code: '' },
      ragged,
    ) // prettier-ignore
    const seen = await preview([path], await loadProfile('rms'))
    assert.deepEqual([seen.records.map(({ ref }) => ref), SECRET.test(JSON.stringify(seen))], [['G-2'], false])
    const report = await runImport(force.workerPool, { paths: [path], profile: 'rms' })
    const id = report.batch ?? assert.fail()
    assert.doesNotMatch(await readable('G-1'), SECRET)
    const read = await withScope(force.appPool, await force.scopeFor('analyst'), async (tx) => [
      await batch(tx, id),
      await exportProblems(tx, id),
      await tx.sql`select * from incidents.kept_record`,
    ])
    assert.match(JSON.stringify(read), /G-2/)
    assert.doesNotMatch(JSON.stringify(read), SECRET)
    // at the source it is put right, and read again from what was kept
    const { rows } = await force.admin.query<{ kept: string }>(
      `update incidents.kept_record k set rows = replace(rows::text, 'no day', '1988-03-04')::jsonb
       from incidents.problem p where p.kept_id = k.id and k.rows::text like '%G-1%' returning k.id as kept`,
    )
    await correctJob()({ kept: rows[0]?.kept ?? '' }, { pool: force.workerPool, clock: systemClock, folder, signal: AbortSignal.timeout(60_000) }) // prettier-ignore
    assert.match(await readable('G-1'), /1988-03-04/)
    assert.doesNotMatch(await readable('G-1'), SECRET)
  })

  it('is nothing that any role can read, or take out of records, in the database', async () => {
    for (const who of Object.keys(WHO) as Who[])
      for (const attempt of [
        'select * from people.protected_contact',
        'select * from incidents.protected_place',
        'insert into people.protected_contact (mention_id) values (gen_random_uuid())',
        "update incidents.protected_place set said = '{}'",
        "select incidents.keep_apart('{}')",
      ])
        await assert.rejects(
          withScope(force.appPool, await force.scopeFor(who), (tx) => tx.sql(Object.assign([attempt], { raw: [attempt] }))), // prettier-ignore
          /permission denied/,
          `${who}: ${attempt}`,
        )
  })
})
