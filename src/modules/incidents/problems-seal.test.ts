// The source rows that an import keeps hold names: what they say of somebody sealed is closed with the rest.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Tx, withScope } from '#platform/db'
import { world, type World } from '#test/world'
import { correctRow, openProblem } from './corrections.ts'
import { runImport } from './import-run.ts'
import { batch, exportProblems } from './store.ts'

const HEAD =
  'crime_ref,reported_dt,ho_offence_code,da_flag,bcu,victim_nominal_id,victim_forenames,victim_surname,suspect_surname,' +
  'suspect_police_employee,arrest_dt'
const ROWS = {
  // taken in without what is wrong; of the one who will be sealed
  hers: 'P-1,2026-01-05 10:00,8N,Y,AW,N7710042,Oriel,Vantongeren,Lee,,no day',
  // left out whole: by her name, and by her number at the source
  named: 'P-2,2026-13-05 10:00,8N,Y,AW,,oriel,VANTONGEREN,Lee,,',
  numbered: 'P-3,2026-13-05 10:00,8N,Y,AW,N7710042,,V.,Lee,,',
  police: 'P-4,2026-13-05 10:00,8N,Y,AW,,Una,Marsh,Nightingale,Y,',
  others: 'P-5,2026-13-05 10:00,8N,Y,AW,,Oriel,Marsh,Lee,,',
} as const
type Row = keyof typeof ROWS

describe('a row that an import keeps', () => {
  let force: World
  let folder: string
  let imported: string
  let her: string
  const problems = new Map<Row, { id: string; kept: string; line: number }>()
  before(async () => {
    force = await world()
    folder = mkdtempSync(join(tmpdir(), 'dauntless-kept-'))
    const path = join(folder, 'rows.csv')
    writeFileSync(path, [HEAD, ...Object.values(ROWS), ''].join('\n'))
    const report = await runImport(force.workerPool, { paths: [path], profile: 'rms' })
    assert.deepEqual([report.added, report.rejected], [1, 4])
    imported = report.batch ?? ''
    const { rows } = await force.admin.query<{ id: string; kept: string; line: number }>(
      'select id, kept_id as kept, line from incidents.problem where batch_id = $1 order by line',
      [imported],
    )
    for (const [at, one] of rows.entries()) problems.set(Object.keys(ROWS)[at] as Row, one)
    // what linkage makes of the mention
    const { rows: made } = await force.admin.query<{ id: string }>(
      `with p as (insert into people.person (name, reach) values ('Oriel Vantongeren', '{1}') returning id),
       d as (insert into people.decision (kind, model) values ('link', 'test') returning id),
       b as (insert into people.membership (mention_id, person_id, decision_id)
         select m.id, p.id, d.id from p, d, people.mention m where m.surname = 'Vantongeren' returning person_id)
       select person_id as id from b`,
    )
    her = made[0]?.id ?? ''
  })
  after(async () => {
    await force.close()
    rmSync(folder, { recursive: true })
  })

  const as = async <T>(who: 'analyst' | 'standards', work: (tx: Tx) => Promise<T>): Promise<T> =>
    withScope(force.appPool, await force.scopeFor(who), work)

  /** Which rows an analyst comes at, by each way there is; all ways must agree. */
  async function readable(): Promise<Row[]> {
    const found: Row[] = []
    for (const [row, { id, kept, line }] of problems) {
      const text = ROWS[row].split(',')
      const ways = await as('analyst', async (tx) => {
        const listed = (await batch(tx, imported))?.problems.some((one) => one.id === id) === true
        const filed = (await exportProblems(tx, imported))?.some((one) => one.row.join() === text.join()) === true
        const opened = (await openProblem(tx, imported, id)) !== null
        const stored = (await tx.sql`select from incidents.kept_record where id = ${kept}`).length === 1
        return [listed, filed, opened, stored]
      })
      const undone = new Error('taken back on purpose')
      const corrected = await as('analyst', async (tx) => {
        if (await correctRow(tx, kept, { file: 'rows.csv', line }, text)) throw undone
        return false
      }).catch((error: unknown) => error === undone)
      assert.equal(new Set([...ways, corrected]).size, 1, `${row}: ${[...ways, corrected].join()}`)
      if (ways[0]) found.push(row)
    }
    return found
  }
  const sealing = (does: 'seal_person' | 'unseal_person') =>
    as('standards', async (tx) => {
      const [row] =
        does === 'seal_person'
          ? await tx.sql<{ came: string }>`select people.seal_person(${her}, 'she is a witness') as came`
          : await tx.sql<{ came: string }>`select people.unseal_person(${her}, 'the trial is over') as came`
      assert.equal(row?.came, 'done')
    })

  it('is for analysts, but for one that says that somebody on it is a police employee', async () => {
    assert.deepEqual(await readable(), ['hers', 'named', 'numbered', 'others'])
  })

  it('is closed when somebody whom it names is sealed, by record, number or name, and stays so when all is looked at', async () => {
    await sealing('seal_person')
    assert.deepEqual(await readable(), ['others'])
    await force.workerPool.query('select incidents.close_problems(null)')
    assert.deepEqual(await readable(), ['others'])
  })

  it('is closed too when it comes after', async () => {
    const path = join(folder, 'later.csv')
    writeFileSync(path, [HEAD, ROWS.named.replace('P-2', 'P-9'), ROWS.others.replace('P-5', 'P-8'), ''].join('\n'))
    const { batch: later } = await runImport(force.workerPool, { paths: [path], profile: 'rms' })
    const seen = await as('analyst', (tx) => exportProblems(tx, later ?? ''))
    assert.deepEqual(
      seen?.map(({ row }) => row[0]),
      ['P-8'],
    )
  })

  it('is there again when they are sealed no longer', async () => {
    await sealing('unseal_person')
    await force.workerPool.query('select incidents.close_problems(null)')
    assert.deepEqual(await readable(), ['hers', 'named', 'numbered', 'others'])
  })
})
