import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { inTransaction, NoSession, OUR_SCHEMAS, withScope } from '#platform/db'
import { type Who, world, type World } from '#test/world'
import { authStore, hashToken, newToken, type AuthStore } from './index.ts'

const refused = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '42501'

describe('sessions in the database', () => {
  let force: World
  let store: AuthStore
  before(async () => {
    force = await world()
    store = authStore(force.signInPool)
  })
  after(() => force.close())

  const subjectOf = async (who: Who): Promise<[string, string]> => {
    const { rows } = await force.admin.query<{ issuer: string; subject: string }>(
      'select issuer, subject from auth.account where id = $1',
      [force.accounts[who]],
    )
    return [rows[0]?.issuer ?? '', rows[0]?.subject ?? '']
  }
  /** Signs somebody in, as after the provider has vouched for them; null when the database does not let them. */
  async function open(who: Who): Promise<Buffer | null> {
    const hash = hashToken(newToken())
    const opened = await store.openSession(...(await subjectOf(who)), hash, 'a browser')
    return opened === null ? null : hash
  }
  async function openHash(who: Who): Promise<Buffer> {
    return (await open(who)) ?? assert.fail(`${who} could not sign in`)
  }
  const set = (hash: Buffer, what: string): Promise<unknown> =>
    force.admin.query(`update auth.session set ${what} where token_hash = $1`, [hash])
  const entries = async (who: Who, action: string): Promise<string[]> =>
    (
      await force.admin.query<{ purpose: string }>(
        'select purpose from audit.entry where actor = $1 and action = $2 order by at',
        [force.accounts[who], action],
      )
    ).rows.map(({ purpose }) => purpose)

  it('end after 15 minutes without use, and after 10 hours in any case', async () => {
    const hash = await openHash('investigatorAW')
    assert.ok(await store.session(hash))
    await set(hash, "last_seen_at = now() - interval '14 minutes 59 seconds'")
    assert.ok(await store.session(hash), 'in use again')
    await set(hash, "last_seen_at = now() - interval '15 minutes'")
    assert.equal(await store.session(hash), null)
    await set(hash, "last_seen_at = now(), created_at = now() - interval '9 hours 59 minutes 59 seconds'")
    assert.ok(await store.session(hash))
    await set(hash, "created_at = now() - interval '10 hours'")
    assert.equal(await store.session(hash), null)
  })

  it('go on under a new token when somebody confirms who they are, for 15 minutes, and last no longer for it', async () => {
    const [before, next] = [await openHash('investigatorAW'), hashToken(newToken())]
    const first = (await store.session(before)) ?? assert.fail()
    assert.equal(first.confirmed, false)
    assert.equal(await store.stepUp(before, next, ...(await subjectOf('supervisorAW'))), false, 'as somebody else')
    assert.equal(await store.stepUp(before, next, ...(await subjectOf('investigatorAW'))), true)
    assert.equal(await store.session(before), null, 'the token of before is worth nothing')
    const second = (await store.session(next)) ?? assert.fail()
    assert.deepEqual(
      [second.confirmed, second.csrf, second.absoluteUntil.toString()],
      [true, first.csrf, first.absoluteUntil.toString()],
    )
    await set(next, "step_up_at = now() - interval '15 minutes'")
    assert.equal((await store.session(next))?.confirmed, false)
    await set(next, "last_seen_at = now() - interval '15 minutes'")
    assert.equal(await store.stepUp(next, before, ...(await subjectOf('investigatorAW'))), false, 'it is over')
  })

  it('are closed one by one or all at once, and the log has each sign-in and sign-out', async () => {
    const [desk, phone, other] = [await openHash('lead'), await openHash('lead'), await openHash('auditor')]
    await store.closeSession(desk)
    assert.deepEqual([await store.session(desk), (await store.session(phone)) !== null], [null, true])
    const again = await openHash('lead')
    await store.closeAllSessions(again)
    for (const hash of [phone, again]) assert.equal(await store.session(hash), null)
    assert.ok(await store.session(other), 'nobody else is signed out')
    assert.deepEqual(await entries('lead', 'sign-in'), ['sign in', 'sign in', 'sign in'])
    assert.deepEqual(await entries('lead', 'sign-out'), ['sign out', 'sign out everywhere', 'sign out everywhere'])
  })

  const OUT: readonly (readonly [string, string, string])[] = [
    [
      'whose last day was yesterday',
      'update organisation.posting set valid_to = organisation.today() where account_id = $1',
      'update organisation.posting set valid_to = null where account_id = $1',
    ],
    [
      'whose first day is tomorrow',
      'update organisation.posting set valid_from = organisation.today() + 1 where account_id = $1',
      "update organisation.posting set valid_from = '2020-01-01' where account_id = $1",
    ],
    [
      'whose account is disabled',
      'update auth.account set disabled_at = now() where id = $1',
      'update auth.account set disabled_at = null where id = $1',
    ],
  ]
  for (const [who, arrange, mend] of OUT) {
    it(`are there no more for somebody ${who}: none is opened, and none of before begins anything`, async () => {
      const hash = await openHash('investigatorCN')
      const scope = { tokenHash: hash, purpose: 'test', route: 'test', requestId: crypto.randomUUID() }
      await withScope(force.appPool, scope, (tx) => tx.sql`select 1`)
      await force.admin.query(arrange, [force.accounts.investigatorCN])
      try {
        assert.equal(await open('investigatorCN'), null)
        assert.equal(await store.session(hash), null)
        await assert.rejects(
          withScope(force.appPool, scope, (tx) => tx.sql`select 1`),
          NoSession,
        )
      } finally {
        await force.admin.query(mend, [force.accounts.investigatorCN])
      }
    })
  }

  it('are not there for the automatic account on the web, and still are for its jobs', async () => {
    const hash = hashToken(newToken())
    assert.equal(await store.openSession('service', 'worker', hash, ''), null)
    await force.workerPool.query('select auth.open_service_session($1)', [hash])
    assert.equal(await store.session(hash), null)
    const scope = { tokenHash: hash, purpose: 'test', route: 'test', requestId: crypto.randomUUID() }
    await withScope(force.workerPool, scope, (tx) => tx.sql`select 1`)
  })

  it('cannot be opened, confirmed or listed by the role that reads records, whatever statement is put to it', async () => {
    const hash = hashToken(newToken())
    for (const statement of [
      `select auth.open_session('test', 'investigatorAW', '\\x${hash.toString('hex')}', '')`,
      `select auth.step_up('\\x00', '\\x01', 'test', 'x')`,
      `select auth.begin_login('s', 'n', 'v', '/')`,
      `select auth.take_login('s')`,
      `select auth.session('\\x00')`,
      `select auth.close_session('\\x00')`,
      'select auth.demo_people()',
      `select auth.open_service_session('\\x00')`,
      'select * from auth.session',
      'select * from auth.login',
      'update auth.account set demo = true',
    ])
      await assert.rejects(force.appPool.query(statement), refused, statement)
  })

  it('are all that the role of sign-in can touch: it reads no table and begins nothing', async () => {
    const { rows } = await force.admin.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = any ($1) and c.relkind in ('r', 'p', 'v')`,
      [OUR_SCHEMAS],
    )
    assert.ok(rows.length > 40)
    for (const { name } of rows)
      await assert.rejects(force.signInPool.query(`select from ${name}`), refused, `${name} can be read`)
    await assert.rejects(
      inTransaction(force.signInPool, (client) =>
        client.query(`select access.begin('\\x00', 'x', '', 'x', gen_random_uuid())`),
      ),
      refused,
    )
  })
})
