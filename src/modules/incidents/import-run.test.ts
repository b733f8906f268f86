// Imports against a real database: what stands after them, and after the next.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { world, type World } from '#test/world'
import { runImport, type ImportReport } from './import-run.ts'

const HEAD =
  'crime_ref,reported_dt,ho_offence_code,da_flag,crime_status,bcu,borough,victim_nominal_id,victim_surname,relationship,' +
  'suspect_nominal_id,suspect_surname,arrest_dt,last_updated'

/** A row of one crime; what is not said is as in the others. */
function row(ref: string, change: Record<string, string> = {}): string {
  const cells: Record<string, string> = {
    crime_ref: ref, reported_dt: '2026-01-05 10:00', ho_offence_code: '8N', da_flag: 'Y', crime_status: 'recorded', bcu: 'AW',
    borough: 'E09000033', victim_nominal_id: `V${ref}`, victim_surname: 'Ray', relationship: 'partner', suspect_nominal_id: `S${ref}`,
    suspect_surname: 'Lee', arrest_dt: '', last_updated: '2026-01-06 09:00', ...change,
  } // prettier-ignore
  return HEAD.split(',')
    .map((name) => cells[name])
    .join(',')
}

const INCIDENTS = 'crime_ref,record_kind,reported_dt,crime_status,da_flag,bcu,last_updated\n'
const OFFENCES = 'crime_ref,offence_seq,offence_code,outcome_code\n'
const PERSONS = 'crime_ref,person_seq,role,surname,relationship_to_suspect,arrest_dt\n'

describe('an import', () => {
  let force: World
  let folder: string
  let files = 0
  before(async () => {
    force = await world()
    folder = mkdtempSync(join(tmpdir(), 'dauntless-import-'))
  })
  after(async () => {
    await force.close()
    rmSync(folder, { recursive: true })
  })

  /** Takes in one file of rows, or the three files of a delivery. */
  async function take(...content: string[]): Promise<ImportReport> {
    const name = String(files++).padStart(3, '0')
    const parts = content.length === 3 ? ['incidents', 'offences', 'persons'] : ['rows']
    const paths = parts.map((part, at) => {
      const path = join(folder, `${part}_${name}.csv`)
      writeFileSync(path, content[at] ?? '')
      return path
    })
    return runImport(force.workerPool, { paths, profile: content.length === 3 ? 'synthetic' : 'rms' })
  }
  const rows = (...lines: string[]): Promise<ImportReport> => take([HEAD, ...lines, ''].join('\n'))
  const sums = ({ read, added, updated, unchanged, rejected }: ImportReport): number[] => [read, added, updated, unchanged, rejected] // prettier-ignore

  async function one<T extends object>(text: string, ref: string): Promise<T> {
    const found = await force.admin.query<T>(text, [ref])
    const [first] = found.rows
    if (!first) throw new Error(`nothing of ${ref}`)
    return first
  }
  const incident = (ref: string) =>
    one<{ id: string; status: string; arrest_made: boolean; bcu_id: number; borough_code: string; versions: number }>(
      `select i.*, (select count(*)::int from incidents.incident_version v where v.incident_id = i.id) as versions
       from incidents.incident i where ref = $1`,
      ref,
    )
  const mentions = async (ref: string): Promise<Record<string, unknown>[]> =>
    (
      await force.admin.query<Record<string, unknown>>(
        `select m.*, b.person_id from people.mention m join incidents.incident i on i.id = m.record_id
         left join people.membership b on b.mention_id = m.id and b.to_at is null
         where i.ref = $1 and m.superseded_at is null order by m.seq`,
        [ref],
      )
    ).rows

  it('takes good rows in, keeps bad ones, and the same again adds nothing', async () => {
    const lines = [row('a1'), row('a2', { da_flag: 'N' }), row('a3', { reported_dt: '31/02/2026' })]
    const first = await rows(...lines)
    assert.deepEqual(sums(first), [3, 2, 0, 0, 1])
    assert.deepEqual([first.incidents, first.domestic], [2, 1])
    const kept = await force.admin.query<{
      line: number
      field: string
      rejected: boolean
      rows: { cells: string[] }[]
    }>(
      `select line, field, rejected, k.rows from incidents.problem p join incidents.kept_record k on k.id = p.kept_id
       where p.batch_id = $1`,
      [first.batch],
    )
    assert.deepEqual(
      kept.rows.map((found) => [found.line, found.field, found.rejected, found.rows[0]?.cells[0]]),
      [[4, 'reported_dt', true, 'a3']],
    )
    assert.deepEqual(sums(await rows(...lines.toReversed())), [3, 0, 0, 2, 1])
    assert.equal((await rows(row('a1', { reported_dt: '2100-01-01' }))).rejected, 1)
  })

  it('lets a later version replace what stood, keeps what it said, and heeds no older one', async () => {
    await rows(row('b1'))
    const later = row('b1', { crime_status: 'cancelled', last_updated: '2026-01-08 09:00' })
    assert.deepEqual(sums(await rows(later, row('b1', { last_updated: '2026-01-07 09:00' }))), [2, 0, 1, 1, 0])
    assert.deepEqual(sums(await rows(row('b1'), later)), [2, 0, 0, 2, 0])
    const { status, versions } = await incident('b1')
    assert.deepEqual([status, versions], ['cancelled', 1])
  })

  it('lets files without dates not undo each other when they come again, and a new file have the last word', async () => {
    const undated = (status: string, day = '2026-01-05') =>
      [HEAD, row('h1', { crime_status: status, reported_dt: day, last_updated: '' }), ''].join('\n')
    const status = async (): Promise<string> => (await incident('h1')).status
    const [first, second] = [undated('recorded'), undated('cancelled')]
    assert.equal((await take(first)).added, 1)
    assert.equal((await take(second)).updated, 1)
    for (const again of [first, second, first]) assert.deepEqual(sums(await take(again)), [1, 0, 0, 1, 0])
    assert.equal(await status(), 'cancelled')
    // the same words in a file that has not been met: somebody has put the record back
    assert.equal((await take(`\ufeff${first}`)).updated, 1)
    assert.equal(await status(), 'recorded')
  })

  it('takes up every change to what is said of a person, and leaves them the person they are', async () => {
    await rows(row('c1'), row('c2'))
    const [victim] = await mentions('c1')
    const link = await one<{ id: string }>(
      `insert into people.decision (kind, model) values ('link', $1) returning id`,
      'test model',
    )
    const { noor } = force.persons
    await force.admin.query(`insert into people.membership (mention_id, person_id, decision_id) values ($1, $2, $3)`, [
      victim?.['id'],
      noor,
      link.id,
    ])
    const change = { relationship: 'wife', arrest_dt: '2026-01-07 10:00', last_updated: '2026-01-08 09:00' }
    await rows(row('c1', change))
    const [now, suspect] = await mentions('c1')
    assert.deepEqual([now?.['relationship'], now?.['person_id'] === noor], ['spouse', true])
    assert.notEqual(now?.['id'], victim?.['id'])
    assert.equal(String(suspect?.['arrested_at']), '2026-01-07T10:00:00Z')
    assert.equal((await incident('c1')).arrest_made, true)
    // somebody else in the same place is not who stood there
    await rows(row('c1', { ...change, victim_surname: 'Other', last_updated: '2026-01-09 09:00' }))
    assert.equal((await mentions('c1'))[0]?.['person_id'], null)
    assert.equal(
      (await mentions('c2')).every(({ recorded_at: at }) => at !== null),
      true,
    )
  })

  it('keeps the people of a record when a correction comes without them, in whichever order', async () => {
    const delivery = (refs: string[], at: string, persons: boolean): [string, string, string] => [
      INCIDENTS + refs.map((ref) => `${ref},crime,2026-01-05 10:00,recorded,Y,AW,${at}\n`).join(''),
      OFFENCES + refs.map((ref) => `${ref},1,8N,${persons ? '99' : '16'}\n`).join(''),
      PERSONS + refs.map((ref) => (persons ? `${ref},1,victim,Ray,partner,\n${ref},2,suspect,Lee,,2026-01-05 12:00\n` : '')).join(''), // prettier-ignore
    ]
    const first = delivery(['d1', 'd2', 'd3', 'd4', 'd5'], '2026-01-06', true)
    const second = delivery(['d1', 'd6'], '2026-02-06', false)
    await take(...first)
    assert.deepEqual(sums(await take(...second)), [2, 1, 1, 0, 0])
    assert.equal((await mentions('d1')).length, 2)
    assert.equal((await incident('d1')).arrest_made, true)
    const { outcome } = await one<{ outcome: string }>(
      `select outcome_code as outcome from incidents.offence o join incidents.incident i on i.id = o.incident_id where ref = $1`,
      'd1',
    )
    assert.equal(outcome, '16')
    // the correction of d6 came before the delivery that names its people
    assert.equal((await mentions('d6')).length, 0)
    const late = delivery(['d6'], '2026-01-06', true)
    assert.deepEqual(sums(await take(...late)), [1, 0, 1, 0, 0])
    assert.deepEqual([(await mentions('d6')).length, (await incident('d6')).arrest_made], [2, true])
    for (const again of [first, second, late]) {
      const { added, updated } = await take(...again)
      assert.deepEqual([added, updated], [0, 0])
    }
  })

  it('puts a later version of a sealed record under its seal, and within its reach', async () => {
    await rows(row('e1'))
    await force.admin.query(`update incidents.incident set sealed = true, reach = '{1,2}' where ref = 'e1'`)
    await rows(row('e1', { victim_surname: 'Roy', suspect_surname: 'Leigh', last_updated: '2026-01-08 09:00' }))
    assert.deepEqual(
      (await mentions('e1')).map(({ surname, sealed, reach }) => [surname, sealed, reach]),
      [
        ['Roy', true, [1, 2]],
        ['Leigh', true, [1, 2]],
      ],
    )
  })

  it('knows a BCU and a borough by code or by name', async () => {
    await rows(
      row('f1', { bcu: 'central WEST', borough: '' }),
      row('f2', { bcu: '', borough: 'Camden' }),
      row('f3', { bcu: 'Elsewhere', borough: 'Nowhere' }),
    )
    for (const [ref, bcu, borough] of [
      ['f1', 1, null],
      ['f2', 2, 'E09000007'],
      ['f3', 0, 'Nowhere'],
    ] as const) {
      const found = await incident(ref)
      assert.deepEqual([found.bcu_id, found.borough_code], [bcu, borough])
    }
  })

  it('takes in and keeps whatever a cell may hold', async () => {
    const odd = [
      '\\u0000',
      '\\N',
      'a\tb',
      '"q',
      "'); drop table x; --",
      '{a,"b"}',
      '\\',
      '😀',
      '\u001f',
      'ＡＢ',
      '<b>',
      'x'.repeat(10_000),
    ]
    const cell = (text: string) => `"${text.replaceAll('"', '""')}"`
    const lines = odd.flatMap((text, n) => [
      row(`i${n}`, { victim_surname: cell(text), bcu: cell(text), relationship: cell(text), crime_status: cell(text) }),
      row(cell(`${text}${n}`), { reported_dt: cell(text) }),
      row(`j${n}`, { victim_nominal_id: cell(text), suspect_nominal_id: cell(text), arrest_dt: cell(text) }),
    ])
    const { read, added, rejected } = await rows(...lines)
    assert.deepEqual([read, added, rejected], [36, 24, 12])
    const { rows: kept } = await force.admin.query<{ cell: string }>(
      `select row ->> 1 as cell from incidents.problem where row ->> 0 = $1 and field = 'reported_dt'`,
      ['\\u00000'],
    )
    assert.deepEqual(kept.map(({ cell: text }) => text), ['\\u0000']) // prettier-ignore
    assert.equal((await rows(...lines)).added, 0)
  })

  it('writes nothing of a refused file, and says so before anything is written', async () => {
    const told: string[] = []
    const path = join(folder, 'cut.csv')
    writeFileSync(path, [HEAD, row('g1'), row('g2').slice(0, -3)].join('\n'))
    const report = await runImport(force.workerPool, {
      paths: [path],
      profile: 'rms',
      onNotice: ({ said }) => told.push(said),
    })
    assert.deepEqual([sums(report), report.refused.length], [[0, 0, 0, 0, 0], 1])
    assert.ok(told.some((said) => said.startsWith('no column for: ')))
    const { rows: none } = await force.admin.query(`select from incidents.incident where ref like 'g%'`)
    assert.equal(none.length, 0)
  })
})
