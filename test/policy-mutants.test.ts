import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import type { Temporal } from '#platform/clock'
import { inTransaction, openPool, type Pool } from '#platform/db'
import { TABLES, tablesExpected, tablesSeen } from '#test/access-surfaces'
import { type Attempt, attempts } from '#test/access-attempts'
import { type AccessWorld, loadAccessWorld, makeAccessWorld, scopeOf } from '#test/access-world'
import { type FreshDatabase, freshDatabase } from '#test/database'
import { loginUrl } from '#test/world'

const SEED = 20_261_124
const SCHEMAS = ['people', 'incidents', 'linkage', 'targeting', 'organisation', 'auth']

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
      // already there, or points at nothing: the policy let it come as far as the key
      else if (error instanceof pg.DatabaseError && /^2350[35]$/.test(error.code ?? '')) outcome = 'done'
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

  it('and so are those of the sealer, and of the record of migrations', async () => {
    const sealer = openPool(await loginUrl(at.adminUrl, 'dauntless_sealer'), 1)
    const undone = new Error('rolled back on purpose')
    /** What each of the two roles gets done, in a transaction that is taken back. */
    const probe = async (): Promise<string> => {
      const done: string[] = []
      await inTransaction(sealer, async (client) => {
        for (const statement of [
          'select from audit.entry',
          `insert into audit.leaf (seq, entry_id, hash) values (0, gen_random_uuid(), '\\x00')`,
          'select from audit.leaf',
          `insert into audit.checkpoint (size, root, note) values (1, '\\x00', 'note')`,
          "update audit.checkpoint set cosignature = 'line'",
        ]) {
          await client.query('savepoint before')
          const count = await client.query(statement).then(
            ({ rowCount }) => rowCount,
            (error: unknown) => client.query('rollback to before').then(() => (error as pg.DatabaseError).code),
          )
          done.push(`${statement}: ${count === 0 ? 'nothing' : typeof count === 'number' ? 'done' : count}`)
        }
        throw undone
      }).catch((error: unknown) => {
        if (error !== undone) throw error
      })
      const { rowCount } = await pool.query('select from meta.migration')
      return [...done, `migrations: ${rowCount}`].join('\n')
    }
    try {
      const { tokenHash, purpose, route, requestId } = scopeOf(w.accounts[0] ?? assert.fail())
      await inTransaction(pool, async (client) => {
        await client.query('select access.begin($1, $2, $3, $4, $5)', [tokenHash, purpose, '', route, requestId])
        await client.query("select audit.record('consult', '{}', '{}', '{}')")
      })
      const whole = await probe()
      assert.doesNotMatch(whole, /nothing|42501|migrations: 0/)
      const { rows } = await admin.query<{ table: string; name: string }>(
        `select schemaname || '.' || tablename as "table", policyname::text as name from pg_policies
         where schemaname <> all ($1) order by 1, 2`,
        [SCHEMAS],
      )
      assert.ok(rows.length >= 4)
      for (const { table, name } of rows) {
        const { rows: one } = await admin.query<Policy>(
          `select schemaname || '.' || tablename as "table", policyname::text as name, permissive, cmd,
             array_to_string(roles, ', ') as role, qual, with_check as "check" from pg_policies
           where schemaname || '.' || tablename = $1 and policyname = $2`,
          [table, name],
        )
        const policy = one[0] ?? assert.fail(name)
        await admin.query(drop(policy))
        assert.notEqual(await probe(), whole, `${table} ${name} may be dropped`)
        await admin.query(create(policy))
      }
      assert.equal(await probe(), whole)
    } finally {
      await sealer.end()
    }
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
