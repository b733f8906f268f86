// Records that come by an import or by a corrected row: few are linked as they are taken in, many by the job that links everybody.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '#platform/clock'
import { withScope } from '#platform/db'
import type { JobParts } from '#platform/http'
import { incidentsModule, MOST_AT_ONCE, runImport, type ImportReport } from '#modules/incidents'
import { world, type World } from '#test/world'
import { LINK_JOBS } from './link-job.ts'
import { link, partner, personOf, putCouples, type MadeRecord } from './linkage.fixture.ts'
import { liveLinking } from './live-linking.ts'

const HEAD =
  'crime_ref,reported_dt,ho_offence_code,da_flag,crime_status,bcu,borough,last_updated,victim_forenames,victim_surname,victim_dob,' +
  'victim_sex,victim_postcode,victim_phone,relationship,suspect_forenames,suspect_surname,suspect_dob,suspect_sex,suspect_postcode,suspect_phone'

/** A row that names one of the forty couples. */
function row(ref: string, couple: number, change: Record<string, string> = {}): string {
  const [victim, suspect] = [partner(couple, 'victim'), partner(couple, 'suspect')]
  const cells: Record<string, string | undefined> = {
    crime_ref: ref, reported_dt: '2026-01-05 10:00', ho_offence_code: '8N', da_flag: 'Y', crime_status: 'recorded', bcu: 'AW',
    borough: 'E09000033', last_updated: '2026-01-06 09:00', relationship: 'partner',
    victim_forenames: victim.forenames, victim_surname: victim.surname, victim_dob: victim.dob, victim_sex: victim.sex,
    victim_postcode: victim.postcode, victim_phone: victim.phone, suspect_forenames: suspect.forenames, suspect_surname: suspect.surname,
    suspect_dob: suspect.dob, suspect_sex: suspect.sex, suspect_postcode: suspect.postcode, suspect_phone: suspect.phone, ...change,
  } // prettier-ignore
  return HEAD.split(',')
    .map((name) => cells[name] ?? '')
    .join(',')
}

describe('records that are taken in', () => {
  let force: World
  let folder: string
  let made: MadeRecord[][] = []
  let files = 0
  before(async () => {
    force = await world()
    folder = mkdtempSync(join(tmpdir(), 'dauntless-live-'))
    made = await putCouples(force.admin)
    await link(force)
    await force.admin.query(`update linkage.model set published_by = $1 where status = 'published'`, [
      force.accounts.lead,
    ])
  })
  after(async () => {
    await force.close()
    rmSync(folder, { recursive: true })
  })

  async function take(lines: readonly string[]): Promise<ImportReport> {
    const path = join(folder, `rows_${files++}.csv`)
    writeFileSync(path, [HEAD, ...lines, ''].join('\n'))
    return runImport(force.workerPool, { paths: [path], profile: 'rms', arrivals: liveLinking(force.workerPool) })
  }
  const parts = (): JobParts => ({
    pool: force.workerPool,
    clock: systemClock,
    folder,
    signal: AbortSignal.timeout(60_000),
  })
  const runs = async (): Promise<number> =>
    (await force.admin.query<{ n: number }>('select count(*)::int as n from linkage.run')).rows[0]?.n ?? 0
  /** Persons of the victim and the suspect of a record; null for one who is nobody's yet. */
  const personsOf = async (ref: string): Promise<(string | null)[]> =>
    (
      await force.admin.query<{ person_id: string | null }>(
        `select b.person_id from people.mention m join incidents.incident i on i.id = m.record_id
         left join people.membership b on b.mention_id = m.id and b.to_at is null
         where i.ref = $1 and m.superseded_at is null order by m.role = 'victim' desc`,
        [ref],
      )
    ).rows.map(({ person_id }) => person_id)
  const couple = async (at: number): Promise<(string | null)[]> =>
    Promise.all([0, 1].map((place) => personOf(force.admin, made[at]?.[0]?.mentions[place])))
  const linkJob = () => LINK_JOBS['linkage.link']?.({}, parts())

  it('few at a time have their people at once, and nobody is linked anew for them', async () => {
    const before_ = await runs()
    const { added } = await take([row('s1', 3), row('s2', 4)])
    assert.equal(added, 2)
    assert.deepEqual(await personsOf('s1'), await couple(3))
    assert.deepEqual(await personsOf('s2'), await couple(4))
    await linkJob()
    assert.equal(await runs(), before_)
  })

  it('later versions are compared anew', async () => {
    const before_ = await runs()
    await take([row('s2', 5, { last_updated: '2026-01-09 09:00' })])
    assert.deepEqual(await personsOf('s2'), await couple(5))
    await linkJob()
    assert.equal(await runs(), before_)
  })

  it('rows that were put right have their people at once', async () => {
    const before_ = await runs()
    const { rejected } = await take([row('s3', 6, { reported_dt: '31/02/2026' })])
    assert.equal(rejected, 1)
    const { rows } = await force.admin.query<{ id: string; file: string; line: number; row: string[] }>(
      'select kept_id as id, file, line, row from incidents.problem where rejected order by id desc limit 1',
    )
    const [problem] = rows
    assert.ok(problem)
    const scope = await force.scopeFor('analyst')
    await withScope(force.appPool, scope, async (tx) => {
      const cells = JSON.stringify(problem.row.map((cell) => (cell === '31/02/2026' ? '2026-02-28 10:00' : cell)))
      await tx.sql`select incidents.correct_row(${problem.id}, ${problem.file}, ${problem.line}, ${cells})`
    })
    await incidentsModule(liveLinking).jobs?.['incidents.correct']?.({ kept: problem.id }, parts())
    assert.deepEqual(await personsOf('s3'), await couple(6))
    await linkJob()
    assert.equal(await runs(), before_)
  })

  it('wait for somebody who is joining or parting people before they write anything, so that neither waits for the other', async () => {
    await force.admin.query('begin')
    await force.admin.query('select pg_advisory_xact_lock(727004)')
    const taken = take([row('s2', 7, { last_updated: '2026-01-12 09:00' })])
    for (let waiting = 0; waiting === 0; await delay(10)) {
      const { rows } = await force.admin.query<{ n: number }>(
        `select count(*)::int as n from pg_locks where locktype = 'advisory' and objid = 727004 and not granted
           and database = (select oid from pg_database where datname = current_database())`,
      )
      waiting = rows[0]?.n ?? 0
    }
    await force.admin.query(`update incidents.incident set summary = 'Said by somebody' where ref = 's2'`)
    await force.admin.query('commit')
    await taken
    assert.deepEqual(await personsOf('s2'), await couple(7))
  })

  it('many together wait for the job that links everybody, and so does what comes when there is no live linking', async () => {
    const before_ = await runs()
    await take(Array.from({ length: MOST_AT_ONCE + 1 }, (_, at) => row(`b${at}`, at % 40)))
    assert.deepEqual(await personsOf('b7'), [null, null])
    await linkJob()
    assert.equal(await runs(), before_ + 1)
    assert.deepEqual(await personsOf('b7'), await couple(7))
    const path = join(folder, 'plain.csv')
    writeFileSync(path, [HEAD, row('p1', 8), ''].join('\n'))
    await runImport(force.workerPool, { paths: [path], profile: 'rms' })
    assert.deepEqual(await personsOf('p1'), [null, null])
    await linkJob()
    assert.deepEqual(await personsOf('p1'), await couple(8))
    assert.equal(await runs(), before_ + 2)
    // and after it few at a time again
    await take([row('s4', 9)])
    assert.deepEqual(await personsOf('s4'), await couple(9))
    await linkJob()
    assert.equal(await runs(), before_ + 2)
  })
})
