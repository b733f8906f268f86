import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { LOGINS, OUR_SCHEMAS as SCHEMAS } from '#platform/db'
import { type FreshDatabase, freshDatabase } from '#test/database'
import { loginUrl } from '#test/world'

/** Every function that passes row-level security, and why it must. One more here is a decision for two people. */
const DEFINERS: Readonly<Record<string, string>> = {
  'access.actor()': 'reads the signed context for policies and defaults',
  'access.begin(bytea,text,text,text,uuid)': 'signs the context of a transaction; needs the sessions and the key',
  'access.context()': 'checks the signature; needs the key',
  'access.signature(text)': 'holds the key; granted to nobody',
  'audit.log_change()': 'trigger: writes the entry of a statement that changes a logged table',
  'audit.opened()': 'what this transaction has logged, for the policies; its own entries only',
  'audit.record(text,uuid[],uuid[],jsonb)': 'the only way to write an entry',
  'auth.begin_login(text,text,text,text)': 'before anybody is signed in',
  'auth.close_all_sessions(bytea)': 'by the token of one of them',
  'auth.close_session(bytea)': 'by its token',
  'auth.demo_people()': 'the list of the demonstration sign-in; empty in a real force',
  'auth.is_demo_force()': 'one boolean',
  'auth.live_session(bytea)': 'by the hash of a token; granted to nobody',
  'auth.of_the_demonstration()': 'trigger: whoever is added to the demonstration is one of its invented people',
  'auth.open_service_session(bytea)': 'a session of the automatic account; granted to the worker alone',
  'auth.open_session(text,text,bytea,text)':
    'after the provider has vouched for somebody; logs the sign-in; granted to dauntless_auth alone',
  'auth.session(bytea)': 'by the hash of a token',
  'auth.step_up(bytea,bytea,text,text)': 'by the hash of a token, for the person the provider has vouched for again',
  'auth.take_login(text)': 'by its state, once',
  'events.put(text,text,uuid,text,jsonb)': 'asks for a job or tells of an event; reads and changes nothing',
  'auth.close_disabled()': 'trigger: signs a disabled account out everywhere',
  'incidents.close_problems(uuid[])': 'closes kept source rows that name somebody sealed; granted to the worker alone',
  'incidents.correct_row(uuid,text,integer,jsonb)': 'puts a kept row right, for analysts; logs',
  'incidents.keep_apart(uuid[])':
    'takes protected addresses out of records as they are written; granted to the worker alone',
  'incidents.keep_upload(uuid,text,jsonb,jsonb)': 'keeps the files somebody sent, for analysts; logs',
  'incidents.move_upload(uuid,text)': 'moves an upload on once, for analysts; logs',
  'incidents.set_columns(uuid,jsonb,boolean)': 'sets the columns of an upload, for analysts; logs',
  'incidents.open_batch(uuid)': 'writes an entry; answers nothing',
  'linkage.agreement()': 'counts the answers of first and second readers; nobody and no pair is named',
  'linkage.describe(uuid[])': 'name, reach and seal of those whose mentions have changed; granted to the worker alone',
  'linkage.harm_of(uuid,uuid)': 'one grade for the order of the queue; granted to the worker alone',
  'linkage.is_reviewer()': 'own role, for the functions of this schema',
  'linkage.join_persons(uuid,uuid,uuid)': 'part of a judgement; granted to nobody',
  'linkage.judge(uuid,uuid,text,text,uuid)': 'says of a pair what a reviewer who sees both says; moves mentions, logs',
  'linkage.mentions_of(uuid)': 'mentions of a person, also on sealed records; granted to nobody',
  'linkage.merge(uuid,uuid,text,uuid)': 'joins two people that a reviewer sees both of; moves mentions, logs',
  'linkage.model_of_pairs()': 'the id of one model; nothing of a run',
  'linkage.move(uuid[],uuid,uuid)': 'part of a judgement; granted to nobody',
  'linkage.open_changes(uuid)': 'what a draft would change, of those one sees; logs',
  'linkage.open_judgement(uuid)': 'opens the two people of a judgement for a reviewer who sees both; logs',
  'linkage.open_judgements(uuid)': 'what was said of a person and others, where one sees both; logs',
  'linkage.open_pair(uuid,uuid)': 'opens the two people of a pair for a reviewer who sees both; logs',
  'linkage.open_queue(text,text,integer,integer,integer)':
    'pairs that wait, under the same decision for both of each; logs',
  'linkage.pin(uuid,uuid[])': 'part of a judgement; granted to nobody',
  'linkage.publish(uuid)': 'publishes a draft under the name of whoever does it; logs',
  'linkage.seen_person(uuid)': 'the same decision for a mention; granted to nobody',
  'linkage.split(uuid,uuid[],text,uuid)': 'parts a person whom a reviewer sees; moves mentions, logs',
  'linkage.standing()': 'assertions that stand, also of those one does not see; granted to nobody',
  'linkage.undo(uuid,text)': 'part of a judgement; granted to nobody',
  'linkage.withdraw(uuid,text)': 'takes back what was said of people that a reviewer sees; moves mentions, logs',
  'organisation.changes_to(uuid)': 'changes to an account from the log, for administrators',
  'organisation.home_of(uuid)': 'name of a unit or agency, for the log',
  'organisation.live_postings(uuid)': 'postings for the policies; granted to nobody',
  'organisation.names_of(uuid[])': 'names for accounts that one has read already, for anybody signed in',
  'organisation.my_agencies()': 'own agencies, for the policies',
  'organisation.my_reach()': 'own commands, for the policies',
  'organisation.my_roles()': 'own roles, for the policies',
  'organisation.roles_of(uuid)': 'role names of an account, for the log',
  'organisation.standing_of(uuid)':
    'roles, commands, agencies and place of an account, for the context; granted to nobody',
  'organisation.staff_of_bcus()': 'how many are posted to each command; no names',
  'oversight.access_given(timestamp with time zone)': 'who gave access to whom, for the auditor; logs the look',
  'oversight.activity(timestamp with time zone,timestamp with time zone)':
    'use of the records by each person, for the auditor; logs the look',
  'oversight.days_of(uuid,timestamp with time zone,timestamp with time zone)':
    'the same of one person by day; logs the look',
  'oversight.find_staff(text)': 'names of staff for asking the log, for the auditor',
  'oversight.is_auditor()': 'own role, for the functions of this schema',
  'oversight.log_state()': 'how far the log is sealed, for the auditor; nothing of what is in it',
  'oversight.open_entry(uuid)': 'one entry of the log, for the auditor; logs the look',
  'oversight.search_log(uuid[],uuid,timestamp with time zone,timestamp with time zone,text[],text,timestamp with time zone,uuid,integer,boolean)':
    'the log is no table to the web role: the only way to read it, for the auditor; logs the look',
  'people.candidates(text[],text[],integer[],real[])': 'search keys under one decision; granted to nobody',
  'people.claim_record(uuid,text,text)':
    'opens a record with a reason: refuses the sealed and the excluded, logs, bounds',
  'people.colleagues(text)': 'names of staff with a posting, for professional standards who name one',
  'people.end_share(uuid,text)': 'ends a share of somebody whom a supervisor sees; logs',
  'people.end_reader(uuid,uuid)':
    'takes a name away from somebody sealed, for professional standards named for them; logs',
  'people.find(text[],text[],integer[],real[])':
    'search keys cannot be used under policies; decides by people.sees and logs',
  'people.glass_left()': 'own count, and the limit',
  'people.hidden_of(uuid[])': 'for the two below; granted to nobody',
  'people.hidden_of_claims()': 'for the policies: whom a claim must not give away',
  'people.hidden_of_shares()': 'for the policies: whom a share must not give away',
  'incidents.open_high_risk(timestamp with time zone,integer)': 'records of the first page by reach alone, logs',
  'people.looks_at(uuid,integer)': 'log of one person, for those who see the person',
  'people.my_claimed_records()': 'for the policies',
  'people.my_claims()': 'for the policies',
  'people.my_excluded_records()': 'for the policies',
  'people.my_exclusions()': 'for the policies',
  'people.my_sealed_records()': 'for the policies',
  'people.my_seals()': 'for the policies',
  'people.my_shared_records()': 'for the policies',
  'people.my_shares(text)': 'for the policies',
  'people.name_reader(uuid,uuid,text)':
    'names a colleague for somebody sealed, for professional standards named for them; logs',
  'people.now_of(uuid[])': 'who somebody is now that persons were found to be one; ids only',
  'people.once_opened()':
    'who was found to be one of those that this transaction has opened and that one sees; ids only',
  'people.open_person(uuid)': 'decides by people.sees, logs everybody on the records',
  'people.open_record(uuid)': 'logs everybody on a record, or that it was tried; the answer tells nobody which',
  'people.open_person_as_at(uuid,timestamp with time zone)':
    'opens the records that were a person at a time, of those one sees; logs',
  'people.records_opened(uuid)':
    'records that this transaction has logged as opened with a person; its own entries only',
  'people.records_of(uuid[])': 'for the policies; granted to nobody',
  'people.open_shares_left()': 'people of whom a joining has left a share, for supervisors; logs',
  'people.persons_on(uuid[])': 'whom the log names for records; granted to nobody',
  'people.seen_of(uuid[])':
    'the same decision for records, for the functions that log what they open; granted to nobody',
  'people.sees(people.person)': 'the decision of the policies, for the functions that choose candidates',
  'people.seal_person(uuid,text)':
    'seals somebody and what was known through them, for professional standards who have just confirmed; logs',
  'people.share_person(uuid,uuid,text[],text,text,timestamp with time zone,uuid)':
    'shares somebody whom a supervisor sees, with a live agency, for a time; logs',
  'people.shares_left(uuid)': 'shares of those found to be somebody whom the transaction has opened, for supervisors',
  'people.standards_officers()': 'whom a newly sealed person is given to; granted to the worker alone',
  'people.stub_mark(text[],text[],integer[],uuid)': 'needs the key; granted to nobody',
  'people.stub_person(text[],text[],integer[],real[],text)': 'the person behind a stub, so that it can be claimed',
  'people.told_of(uuid[])': 'columns of a person that no share of the identity names, under the same decision',
  'people.unseal_person(uuid,text)':
    'opens somebody again, for professional standards named for them who have just confirmed; logs',
  'targeting.follow_person()': 'trigger: whom a score may be shown to goes with its person, whoever changes that',
  'targeting.open_reviews(date)': 'reviews due under the same decision, logs',
  'targeting.open_ranked(smallint,text,boolean,boolean,boolean,boolean,integer,integer)':
    'ranks under the same decision, logs',
}

const REL = `from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = any ($1)`
const NAME = `n.nspname || '.' || c.relname`
const ROUTINES = `from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = any ($1)`
const LOGIN_LIST = LOGINS.map((name) => `'${name}'`).join(', ')

interface Check {
  /** The catalogue holds this, as a sentence. */
  readonly holds: string
  /** Names what breaks it: rows of one text column `breach`, with $1 the schemas. */
  readonly sql: string
  /** How many things there are to look at: the same tables without the condition. */
  readonly looked: string
  /** Statements that break it, each with what must then be named. */
  readonly planted: readonly (readonly [string, RegExp])[]
}

const CHECKS: readonly Check[] = [
  {
    holds: 'every schema is ours by name, and nothing of ours lies outside',
    looked: 'select 1 from pg_namespace where nspname = any ($1)',
    sql: `select n.nspname as breach from pg_namespace n
          where n.nspname !~ '^pg_' and n.nspname <> all ($1 || array['information_schema', 'meta', 'public'])
          union all select 'public.' || c.relname from pg_class c where c.relnamespace = 'public'::regnamespace
          union all select p.oid::regprocedure::text from pg_proc p where p.pronamespace = 'public'::regnamespace
            and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')`,
    planted: [
      ['create schema elsewhere', /^elsewhere$/],
      ['create table public.stray ()', /^public\.stray$/],
      ["create function public.stray() returns int language sql as 'select 1'", /^stray\(\)$/],
    ],
  },
  {
    holds: 'every table has row-level security, enabled and forced',
    looked: `select 1 ${REL} and c.relkind in ('r', 'p')`,
    sql: `select ${NAME} as breach ${REL} and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)`,
    planted: [
      ['create table people.note ()', /^people\.note$/],
      ['alter table people.person no force row level security', /^people\.person$/],
      ['alter table audit.entry disable row level security', /^audit\.entry$/],
      ['create table people.parts (n int) partition by list (n)', /^people\.parts$/],
    ],
  },
  {
    holds:
      'the way to a row by reach is asked before all others, which cost more: by the last name of the policies that let through',
    looked: `select 1 ${REL} and exists (select from pg_policy w where w.polrelid = c.oid and w.polname = 'within_reach')`,
    sql: `select ${NAME} || ' ' || p.polname as breach ${REL.replace('pg_class c', 'pg_class c join pg_policy p on p.polrelid = c.oid')}
          and p.polpermissive and p.polcmd = 'r' and p.polname > 'within_reach'
          and exists (select from pg_policy w where w.polrelid = c.oid and w.polname = 'within_reach')`,
    planted: [
      ['alter policy claimed on people.mention rename to without_reach', /^people\.mention without_reach$/],
      ['create policy yes on people.person for select to dauntless_app using (true)', /^people\.person yes$/],
    ],
  },
  {
    holds: 'every table has a comment that says what it is',
    looked: `select 1 ${REL} and c.relkind in ('r', 'p', 'v')`,
    sql: `select ${NAME} as breach ${REL} and c.relkind in ('r', 'p', 'v')
          and coalesce(length(trim(obj_description(c.oid, 'pg_class'))), 0) < 10`,
    planted: [
      ['create table people.note ()', /^people\.note$/],
      ["comment on table people.person is ''", /^people\.person$/],
    ],
  },
  {
    holds: 'every view asks with the rights of the reader; there is no copy of the rows in another form',
    looked: `select 1 ${REL}`,
    sql: `select ${NAME} as breach ${REL} and (c.relkind in ('m', 'f', 'S')
          or c.relkind = 'v' and coalesce(array_to_string(c.reloptions, ' '), '') !~ 'security_invoker=(true|on|1)')`,
    planted: [
      ['create view people.everybody as select * from people.person', /^people\.everybody$/],
      ['create materialized view people.copy as select * from people.person', /^people\.copy$/],
      ['create sequence people.numbers', /^people\.numbers$/],
    ],
  },
  {
    holds: 'every definer function belongs to dauntless_definer and has an empty search_path',
    looked: `select 1 ${ROUTINES} and p.prosecdef`,
    sql: `select p.oid::regprocedure::text as breach ${ROUTINES} and p.prosecdef
          and (p.proowner <> 'dauntless_definer'::regrole or coalesce(p.proconfig, '{}') @> array['search_path=""'] is not true)`,
    planted: [
      [
        "create function people.leak() returns int language sql security definer set search_path = '' as 'select 1'",
        /leak/,
      ],
      ['alter function people.find(text[], text[], integer[], real[]) reset search_path', /^people\.find/],
      ['alter function people.open_record(uuid) set search_path = public', /^people\.open_record/],
    ],
  },
  {
    holds: 'dauntless_definer owns nothing but definer functions in our schemas',
    looked: `select 1 from pg_shdepend where refobjid = 'dauntless_definer'::regrole and deptype = 'o' and $1::text[] is not null
             and dbid = (select oid from pg_database where datname = current_database())`,
    sql: `select pg_describe_object(d.classid, d.objid, d.objsubid) as breach from pg_shdepend d
          where d.refclassid = 'pg_authid'::regclass and d.refobjid = 'dauntless_definer'::regrole and d.deptype = 'o'
            and d.dbid in (0, (select oid from pg_database where datname = current_database()))
            and not (d.classid = 'pg_proc'::regclass and exists (select ${ROUTINES} and p.oid = d.objid and p.prosecdef))`,
    planted: [
      ['alter table people.person owner to dauntless_definer', /people\.person/],
      ['alter function organisation.today() owner to dauntless_definer', /today/],
      ['alter schema people owner to dauntless_definer', /schema people/],
    ],
  },
  {
    holds: 'no login role owns anything',
    looked: `select 1 from pg_roles where rolname in (${LOGIN_LIST}) and $1::text[] is not null`,
    sql: `select pg_describe_object(d.classid, d.objid, d.objsubid) as breach from pg_shdepend d
          where $1::text[] is not null and d.refclassid = 'pg_authid'::regclass and d.deptype = 'o'
            and d.refobjid in (select oid from pg_roles where rolname ~ '^dauntless_' and rolcanlogin)
            and d.dbid in (0, (select oid from pg_database where datname = current_database()))`,
    planted: [
      ['alter table people.person owner to dauntless_app', /people\.person/],
      ['alter function people.find(text[], text[], integer[], real[]) owner to dauntless_worker', /find/],
      ['create schema authorization dauntless_public', /schema dauntless_public/],
    ],
  },
  {
    holds: 'every role is what it is said to be: no superuser, only the worker and the definer pass row-level security',
    looked: `select 1 from pg_roles where rolname ~ '^dauntless_' and $1::text[] is not null`,
    sql: `select r.rolname::text as breach from pg_roles r where $1::text[] is not null and r.rolname ~ '^dauntless_'
          and (r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication
            or r.rolbypassrls <> (r.rolname in ('dauntless_definer', 'dauntless_worker'))
            or r.rolcanlogin <> (r.rolname in (${LOGIN_LIST}))
            or exists (select from pg_auth_members m where m.member = r.oid))`,
    planted: [
      ['alter role dauntless_app bypassrls', /^dauntless_app$/],
      ['alter role dauntless_worker superuser', /^dauntless_worker$/],
      ['alter role dauntless_owner login', /^dauntless_owner$/],
      ['grant dauntless_owner to dauntless_app', /^dauntless_app$/],
      ['grant pg_read_all_data to dauntless_public', /^dauntless_public$/],
    ],
  },
  {
    holds: 'nobody but the owner can change or delete what the log says, and only a function can add to it (I14)',
    looked: `select 1 from pg_class c, aclexplode(c.relacl) where c.oid = 'audit.entry'::regclass and $1::text[] is not null`,
    sql: `with given as (
            select a.grantee, a.privilege_type from pg_class c, aclexplode(c.relacl) a
            where c.oid = 'audit.entry'::regclass and a.grantee <> c.relowner
            union all select a.grantee, a.privilege_type from pg_attribute t join pg_class c on c.oid = t.attrelid, aclexplode(t.attacl) a
            where c.oid = 'audit.entry'::regclass and a.grantee <> c.relowner)
          select g.grantee::regrole || ' ' || g.privilege_type as breach from given g where $1::text[] is not null
            and not (g.privilege_type = 'SELECT' or g.privilege_type = 'INSERT' and g.grantee = 'dauntless_definer'::regrole)`,
    planted: [
      ['grant update on audit.entry to dauntless_app', /^dauntless_app UPDATE$/],
      ['grant update (reason) on audit.entry to dauntless_worker', /^dauntless_worker UPDATE$/],
      ['grant delete on audit.entry to dauntless_definer', /^dauntless_definer DELETE$/],
      ['grant truncate on audit.entry to public', /^- TRUNCATE$/],
      ['grant insert on audit.entry to dauntless_app', /^dauntless_app INSERT$/],
    ],
  },
  {
    holds: 'the public role reads no relation and calls no function of ours (I06)',
    looked: `select 1 ${REL} union all select 1 ${ROUTINES}`,
    sql: `select ${NAME} as breach ${REL} and c.relkind in ('r', 'p', 'v', 'm', 'f')
            and (has_table_privilege('dauntless_public', c.oid, 'select, insert, update, delete, truncate')
              or has_any_column_privilege('dauntless_public', c.oid, 'select, insert, update'))
          union all select p.oid::regprocedure::text ${ROUTINES} and has_function_privilege('dauntless_public', p.oid, 'execute')
          union all select n.nspname from pg_namespace n where n.nspname = any ($1)
            and has_schema_privilege('dauntless_public', n.oid, 'usage, create')`,
    planted: [
      ['grant select on people.person to dauntless_public', /^people\.person$/],
      ['grant select (name) on people.person to public', /^people\.person$/],
      ['grant execute on function people.open_person(uuid) to public', /^people\.open_person/],
      ['grant usage on schema people to public', /^people$/],
      ["create function people.new() returns int language sql as 'select 1'", /^people\.new/],
    ],
  },
  {
    holds: 'every policy is for a role by name, and none of them for the public role or the owner',
    looked: 'select 1 from pg_policies where schemaname = any ($1)',
    sql: `select p.schemaname || '.' || p.tablename || ' ' || p.policyname as breach from pg_policies p
          where p.schemaname = any ($1) and not (p.roles <@ array['dauntless_app', 'dauntless_sealer']::name[])`,
    planted: [['create policy open on people.person using (true)', /^people\.person open$/]],
  },
  {
    holds: 'no policy calls a function with a column of the row: they ask for a set once a statement',
    looked: 'select 1 from pg_policies where schemaname = any ($1)',
    sql: `select p.schemaname || '.' || p.tablename || ' ' || p.policyname as breach
          from pg_policies p cross join lateral (select coalesce(p.qual, '') || ' ' || coalesce(p.with_check, '') as said) s
          where p.schemaname = any ($1) and s.said ~ '(people|audit|access|organisation)\\.[a-z_]+\\((?!\\)|''[a-z]+''::text\\))'`,
    planted: [
      [
        'create policy slow on people.person for select to dauntless_app using (people.sees(person))',
        /^people\.person slow$/,
      ],
    ],
  },
  {
    holds: 'no function of ours says it leaks nothing',
    looked: `select 1 ${ROUTINES}`,
    sql: `select p.oid::regprocedure::text as breach ${ROUTINES} and p.proleakproof`,
    planted: [['alter function organisation.today() leakproof', /^organisation\.today/]],
  },
]

describe('the catalogue of a migrated database', () => {
  let at: FreshDatabase
  let admin: pg.Client
  before(async () => {
    at = await freshDatabase()
    admin = new pg.Client(at.adminUrl)
    await admin.connect()
  })
  after(async () => {
    await admin.end()
    await at.drop()
  })
  const breaches = async (sql: string): Promise<string[]> =>
    (await admin.query<{ breach: string }>(sql, [SCHEMAS])).rows.map(({ breach }) => breach).sort()
  const definers = (): Promise<string[]> =>
    breaches(`select p.oid::regprocedure::text as breach ${ROUTINES} and p.prosecdef`)
  /** Breaks something, looks, and takes it back: also a role, which the whole server shares, is never really changed. */
  async function planting<T>(statement: string, look: () => Promise<T>): Promise<T> {
    await admin.query('begin')
    try {
      await admin.query(statement)
      return await look()
    } finally {
      await admin.query('rollback')
    }
  }

  for (const { holds, sql, looked, planted } of CHECKS) {
    it(holds, async () => {
      assert.notEqual((await admin.query(looked, [SCHEMAS])).rowCount, 0, 'there was nothing to look at')
      assert.deepEqual(await breaches(sql), [])
    })
    it(`and a breach is caught: ${holds}`, async () => {
      const before = await breaches(sql)
      for (const [statement, named] of planted) {
        const found = (await planting(statement, () => breaches(sql))).filter((one) => !before.includes(one))
        assert.ok(
          found.some((one) => named.test(one)),
          `${statement}: found ${JSON.stringify(found)}`,
        )
      }
    })
  }

  it('has exactly the reviewed functions that pass row-level security, each with a reason', async () => {
    assert.deepEqual(await definers(), Object.keys(DEFINERS).sort())
    for (const [name, reason] of Object.entries(DEFINERS)) assert.ok(reason.length >= 10, name)
  })

  it('and one more of them is caught', async () => {
    const found = await planting(
      `create function people.all_names() returns setof text language sql security definer set search_path = ''
       as 'select name from people.person'`,
      definers,
    )
    assert.notDeepEqual(found, Object.keys(DEFINERS).sort())
    assert.ok(found.includes('people.all_names()'))
  })

  it('refuses the public role whatever it tries: each table, and each function', async () => {
    const tries = await breaches(
      `select 'select from ' || c.oid::regclass as breach ${REL} and c.relkind in ('r', 'p', 'v')
       union all select 'select ' || p.oid::regproc || '(' || coalesce((select string_agg('null::' || format_type(t, null), ', ' order by n)
         from unnest(p.proargtypes) with ordinality as a (t, n)), '') || ')' ${ROUTINES} and p.prorettype <> 'trigger'::regtype`,
    )
    assert.ok(tries.length > 100, String(tries.length))
    const client = new pg.Client(await loginUrl(at.adminUrl, 'dauntless_public'))
    await client.connect()
    try {
      for (const statement of tries) await assert.rejects(client.query(statement), { code: '42501' }, statement)
    } finally {
      await client.end()
    }
  })

  it('lets the web role change only what is on the list, column by column', async () => {
    const sql = `select ${NAME} || ' ' || a.privilege_type as breach from pg_class c join pg_namespace n on n.oid = c.relnamespace,
      aclexplode(c.relacl) a where n.nspname = any ($1) and a.grantee = 'dauntless_app'::regrole and a.privilege_type <> 'SELECT'
      union all select ${NAME} || '.' || t.attname || ' ' || a.privilege_type from pg_class c
      join pg_namespace n on n.oid = c.relnamespace join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a
      where n.nspname = any ($1) and a.grantee = 'dauntless_app'::regrole and a.privilege_type <> 'SELECT'`
    const changes = [
      ...['linkage.training', 'organisation.agency', 'organisation.portfolio', 'organisation.posting'].map(
        (name) => `${name} INSERT`,
      ),
      ...['issuer', 'subject', 'name'].map((column) => `auth.account.${column} INSERT`),
      ...['bcu_id', 'kind', 'name'].map((column) => `organisation.unit.${column} INSERT`),
      ...['auth.account.disabled_at', 'auth.account.name', 'organisation.agency.suspended_at'].map(
        (at) => `${at} UPDATE`,
      ),
      ...['organisation.portfolio.valid_to', 'organisation.posting.valid_to'].map((at) => `${at} UPDATE`),
      ...['finding', 'reviewed_at', 'reviewed_by'].map((column) => `people.claim.${column} UPDATE`),
      ...['people.exclusion', 'targeting.choice'].map((name) => `${name} INSERT`),
    ].sort()
    assert.deepEqual(await breaches(sql), changes)
    const more = await planting('grant update (until) on people.claim to dauntless_app', () => breaches(sql))
    assert.deepEqual(more, [...changes, 'people.claim.until UPDATE'].sort())
  })
})
