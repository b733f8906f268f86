import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import type { Temporal } from '#platform/clock'
import { inTransaction, openPool, type Pool } from '#platform/db'
import { TABLES, tablesExpected, tablesSeen } from '#test/access-surfaces'
import { type AccessWorld, type Account, loadAccessWorld, makeAccessWorld, scopeOf } from '#test/access-world'
import { type FreshDatabase, freshDatabase } from '#test/database'
import { maySee } from '#test/reference-decision'
import { loginUrl } from '#test/world'

const SEED = 20_261_124
const SCHEMAS = ['people', 'incidents', 'linkage', 'targeting']

interface Policy {
  readonly table: string
  readonly name: string
  readonly permissive: string
  readonly cmd: string
  readonly role: string
  readonly qual: string | null
  readonly check: string | null
}
interface Mutant {
  readonly named: string
  readonly policy: Policy
  readonly make: string
}
/** One change that somebody tries: done, nothing (no row to change), or refused by a policy. */
interface Attempt {
  readonly sentence: string
  readonly table: string
  readonly who: Account
  readonly must: 'done' | 'nothing' | 'refused'
  readonly sql: string
  readonly values: readonly unknown[]
}

const clauses = (qual: string | null, check: string | null): string =>
  `${qual === null ? '' : ` using (${qual})`}${check === null ? '' : ` with check (${check})`}`
const create = (p: Policy): string =>
  `create policy ${p.name} on ${p.table} as ${p.permissive} for ${p.cmd} to ${p.role}${clauses(p.qual, p.check)}`
const drop = (p: Policy): string => `drop policy if exists ${p.name} on ${p.table}`

/** Every way to weaken or to lose one policy. A restrictive one that lets all through is one that was dropped. */
function mutantsOf(policy: Policy): Mutant[] {
  const named = `${policy.table} ${policy.name}`
  const remake = (qual: string | null, check: string | null): string => create({ ...policy, qual, check })
  const weaker = policy.permissive === 'PERMISSIVE'
  return [
    { named: `${named}: dropped`, policy, make: 'select' },
    ...(weaker && policy.qual !== null
      ? [{ named: `${named}: using (true)`, policy, make: remake('true', policy.check) }]
      : []),
    ...(weaker && policy.check !== null
      ? [{ named: `${named}: with check (true)`, policy, make: remake(policy.qual, 'true') }]
      : []),
  ]
}

function attempts(w: AccessWorld): Attempt[] {
  const who = (label: string): Account => w.accounts.find((one) => one.label === label) ?? assert.fail(label)
  const [supervisor, investigator, standards] = [who('supervisor 1'), who('investigator 1'), who('standards')]
  const where = (sight: string, actor: Account): string =>
    w.people.find((one) => !one.sealed && maySee(actor, one, w.now) === sight)?.id ??
    assert.fail(`${actor.label} ${sight}`)
  const [seen, unseen] = [where('full', supervisor), where('stub', supervisor)]
  const mine = where('full', investigator)
  const sealed = w.people.find((one) => one.sealed)?.id ?? assert.fail('nobody is sealed')
  // somebody who is not yet named for the sealed
  const fresh = w.accounts.find(({ namedFor }) => !namedFor.includes(sealed)) ?? assert.fail('all are named')
  const reason = 'a reason of some length'
  const exclude = 'insert into people.exclusion (account_id, person_id, reason) values ($1, $2, $3)'
  const name = 'insert into people.seal_reader (person_id, account_id, reason, by_account) values ($1, $2, $3, $4)'
  const share = `insert into people.share (agency_id, person_id, fields, purpose, basis, until, decided_by)
    values ($1, $2, '{identity}', 'marac', 'law', now() + interval '1 day', $3)`
  const choose = `insert into targeting.choice (person_id, decision, reason, review_on, score, operation_id, reach, by_account)
    values ($1, 'target', $2, '2031-01-01', '{}', gen_random_uuid(), '{1}', $3)`
  const review =
    "update people.claim set reviewed_by = $1, reviewed_at = now(), finding = 'justified' where account_id = $2"
  type Try = [string, string, Account, Attempt['must'], string, unknown[]]
  const tries: Try[] = [
    [
      'declares a conflict of his own',
      'people.exclusion',
      investigator,
      'done',
      exclude,
      [investigator.id, mine, reason],
    ],
    [
      'declares one for somebody else',
      'people.exclusion',
      investigator,
      'refused',
      exclude,
      [supervisor.id, mine, reason],
    ],
    ['names a reader', 'people.seal_reader', standards, 'done', name, [sealed, fresh.id, reason, standards.id]],
    [
      'names herself again',
      'people.seal_reader',
      standards,
      'refused',
      name,
      [sealed, standards.id, reason, standards.id],
    ],
    [
      'names one for the open',
      'people.seal_reader',
      standards,
      'refused',
      name,
      [seen, fresh.id, reason, standards.id],
    ],
    [
      'names one as another',
      'people.seal_reader',
      standards,
      'refused',
      name,
      [sealed, fresh.id, reason, supervisor.id],
    ],
    ['names herself', 'people.seal_reader', investigator, 'refused', name, [sealed, fresh.id, reason, investigator.id]],
    ['shares whom she sees', 'people.share', supervisor, 'done', share, [w.agencies[0], seen, supervisor.id]],
    ['shares whom she does not', 'people.share', supervisor, 'refused', share, [w.agencies[0], unseen, supervisor.id]],
    ['shares as another', 'people.share', supervisor, 'refused', share, [w.agencies[0], seen, investigator.id]],
    [
      'shares without being one',
      'people.share',
      investigator,
      'refused',
      share,
      [w.agencies[0], mine, investigator.id],
    ],
    ['chooses whom she sees', 'targeting.choice', supervisor, 'done', choose, [seen, reason, supervisor.id]],
    ['chooses whom she does not', 'targeting.choice', supervisor, 'refused', choose, [unseen, reason, supervisor.id]],
    ['chooses as another', 'targeting.choice', supervisor, 'refused', choose, [seen, reason, investigator.id]],
    ['chooses without the role', 'targeting.choice', investigator, 'refused', choose, [mine, reason, investigator.id]],
    ["reviews somebody's claims", 'people.claim', supervisor, 'done', review, [supervisor.id, investigator.id]],
    ['reviews as another', 'people.claim', supervisor, 'refused', review, [investigator.id, investigator.id]],
    ['reviews her own', 'people.claim', supervisor, 'nothing', review, [supervisor.id, supervisor.id]],
    ['reviews his own', 'people.claim', investigator, 'nothing', review, [investigator.id, investigator.id]],
  ]
  return tries.map(([does, table, actor, must, sql, values]) => {
    return { sentence: `${actor.label} ${does}`, table, who: actor, must, sql, values }
  })
}

describe('every policy is there for something', () => {
  let at: FreshDatabase
  let admin: pg.Client
  let pool: Pool
  let w: AccessWorld
  before(async () => {
    at = await freshDatabase()
    admin = new pg.Client(at.adminUrl)
    await admin.connect()
    const { rows } = await admin.query<{ now: Temporal.Instant }>('select now() as now')
    w = makeAccessWorld(SEED, rows[0]?.now ?? assert.fail('no time'))
    await loadAccessWorld(admin, w)
    pool = openPool(await loginUrl(at.adminUrl, 'dauntless_app'), 2)
  })
  after(async () => {
    await pool.end()
    await admin.end()
    await at.drop()
  })

  const policies = async (): Promise<Policy[]> =>
    (
      await admin.query<Policy>(
        `select schemaname || '.' || tablename as "table", policyname::text as name, permissive, cmd, array_to_string(roles, ', ') as role,
           qual, with_check as "check"
         from pg_policies where schemaname = any ($1) and 'dauntless_app' = any (roles) order by 1, 2`,
        [SCHEMAS],
      )
    ).rows

  /** Tries it in a transaction that is taken back. */
  async function outcomeOf({ who, sql, values }: Attempt): Promise<Attempt['must']> {
    const undone = new Error('rolled back on purpose')
    let outcome: Attempt['must'] = 'nothing'
    const { tokenHash, purpose, route, requestId } = scopeOf(who)
    const work = inTransaction(pool, async (client) => {
      await client.query('select access.begin($1, $2, $3, $4, $5)', [tokenHash, purpose, '', route, requestId])
      await client.query("select audit.record('consult', $1, '{}', '{}')", [w.people.map(({ id }) => id)])
      const { rowCount } = await client.query(sql, [...values])
      if (rowCount !== 0) outcome = 'done'
      throw undone
    })
    await work.catch((error: unknown) => {
      // insufficient_privilege: what a policy's check says
      if (error instanceof pg.DatabaseError && error.code === '42501') outcome = 'refused'
      // already there: the policy let it come as far as the key
      else if (error instanceof pg.DatabaseError && error.code === '23505') outcome = 'done'
      else if (error !== undone) throw error
    })
    return outcome
  }

  /** What differs from the reference in one table, check by check; ends early when `isNew` says that it knows enough. */
  async function differences(table: string, isNew: (one: string) => boolean = () => false): Promise<string[]> {
    const found: string[] = []
    const nobody = await inTransaction(pool, (client) => client.query(`select from ${table}`))
    if (nobody.rowCount !== 0) found.push(`without a context: ${nobody.rowCount} rows`)
    for (const attempt of attempts(w).filter((one) => one.table === table)) {
      const outcome = await outcomeOf(attempt)
      if (outcome !== attempt.must) found.push(`${attempt.sentence}: ${outcome}`)
    }
    for (const who of w.accounts) {
      if (found.some(isNew)) break
      const seen = await tablesSeen(pool, w, scopeOf(who), [table])
      const expected = tablesExpected(w, who, [table])
      for (const mode of ['unlogged', 'logged'] as const) {
        const [is, must] = [seen[mode].get(table) ?? new Set<string>(), expected[mode].get(table) ?? new Set<string>()]
        for (const key of is.symmetricDifference(must)) found.push(`${who.label}, ${mode}: ${key}`)
      }
    }
    return found
  }

  it('lets each person change what they may and no more', async () => {
    const all = attempts(w)
    assert.ok(all.length >= 15)
    for (const attempt of all) assert.equal(await outcomeOf(attempt), attempt.must, attempt.sentence)
  })

  it('and each one that is lost or weakened is noticed', async () => {
    const whole = await policies()
    assert.ok(whole.length >= 40, `only ${whole.length} policies`)
    const unknown = whole.filter(({ table }) => !TABLES.includes(table)).map(({ table }) => table)
    assert.deepEqual(unknown, [], 'tables with policies that the access matrix does not look at')
    const usual = new Map<string, ReadonlySet<string>>()
    for (const { table } of whole) if (!usual.has(table)) usual.set(table, new Set(await differences(table)))

    const mutants = whole.flatMap(mutantsOf)
    const alive: string[] = []
    for (const { named, policy, make } of mutants) {
      await admin.query(`${drop(policy)}; ${make}`)
      const isNew = (one: string): boolean => usual.get(policy.table)?.has(one) !== true
      if (!(await differences(policy.table, isNew)).some(isNew)) alive.push(named)
      await admin.query(`${drop(policy)}; ${create(policy)}`)
    }
    assert.deepEqual(await policies(), whole, 'a policy was not put back as it was')
    console.log(
      `# ${mutants.length - alive.length} of ${mutants.length} policy mutants killed (${whole.length} policies)`,
    )
    assert.deepEqual(alive, [])
  })
})
