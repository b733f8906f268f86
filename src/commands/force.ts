import { seedForce } from '#modules/organisation'
import { pendingMigrations, selfCheck } from '#platform/db'
import { asAdmin, type Installation } from '../setup.ts'
import { needed, plural, UsageError, type Command } from './command.ts'
import { commandScope, logAlone } from './service.ts'

/** What an empty database is empty of. */
const HELD = `select (select count(*) from organisation.force) + (select count(*) from auth.account where kind = 'person')
  + (select count(*) from people.person) + (select count(*) from incidents.incident) + (select count(*) from audit.entry) as n`

/** True when nothing has been put into this database: no force, no people, no records, no log. */
export async function holdsNothing(installation: Installation): Promise<boolean> {
  return asAdmin(installation, async (client) => Number((await client.query<{ n: string }>(HELD)).rows[0]?.n) === 0)
}

const isIssuer = (text: string): boolean =>
  URL.canParse(text) &&
  (/^https:\/\/[^\s]+$/.test(text) || /^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?(\/|$)/.test(text))

interface First {
  readonly name: string
  readonly issuer: string
  readonly subject: string
}

/** Puts in a real force and its first administrator, all or nothing. @throws Error when the database holds anything */
async function setUp(installation: Installation, force: { id: string; name: string }, first: First): Promise<string> {
  return asAdmin(installation, async (client) => {
    await client.query('begin')
    try {
      await client.query('select pg_advisory_xact_lock(727006)')
      if (Number((await client.query<{ n: string }>(HELD)).rows[0]?.n) > 0)
        throw new Error('this database holds something already: a force is set up in an empty one')
      await seedForce(client, { ...force, synthetic: false })
      const { rows } = await client.query<{ id: string }>(
        'insert into auth.account (issuer, subject, name) values ($1, $2, $3) returning id',
        [first.issuer, first.subject, first.name],
      )
      const id = rows[0]?.id ?? ''
      await client.query(
        `insert into organisation.posting (account_id, role, unit_id, valid_from)
         select $1, 'administrator', u.id, organisation.today() from organisation.unit u
         where u.kind = 'headquarters' and u.bcu_id is null order by u.name limit 1`,
        [id],
      )
      await client.query('commit')
      return id
    } catch (error) {
      await client.query('rollback')
      throw error
    }
  })
}

interface Figures {
  readonly force: string | null
  readonly synthetic: boolean | null
  readonly accounts: number
  readonly sessions: number
  readonly incidents: number
  readonly mentions: number
  readonly people: number
  readonly scored: number
  readonly decisions: number
  readonly entries: number
  readonly sealed: number
  readonly cosigned: number
  readonly last: string | null
  readonly waiting: number
  readonly oldest: number | null
}

const FIGURES = `with last_sealed as (select e.xact, e.id from audit.leaf l join audit.entry e on e.id = l.entry_id order by l.seq desc limit 1),
  later as (select count(*)::integer as n, floor(extract(epoch from clock_timestamp() - min(e.at)))::integer as oldest from audit.entry e
    where not exists (select from last_sealed) or (e.xact, e.id) > (select s.xact, s.id from last_sealed s))
  select (select name from organisation.force order by id limit 1) as force, (select bool_and(synthetic) from organisation.force) as synthetic,
    (select count(*)::integer from auth.account where kind = 'person' and disabled_at is null) as accounts,
    (select count(*)::integer from auth.session s join auth.account a on a.id = s.account_id where a.kind = 'person' and s.closed_at is null
      and s.last_seen_at > now() - interval '15 minutes' and s.created_at > now() - interval '10 hours') as sessions,
    (select count(*)::integer from incidents.incident) as incidents,
    (select count(*)::integer from people.mention where superseded_at is null) as mentions,
    (select count(*)::integer from people.person where merged_into is null) as people,
    (select count(*)::integer from targeting.score) as scored, (select count(*)::integer from targeting.choice) as decisions,
    (select count(*)::integer from audit.entry) as entries, (select coalesce(max(size), 0)::integer from audit.checkpoint) as sealed,
    (select coalesce(max(size), 0)::integer from audit.checkpoint where cosignature is not null) as cosigned,
    (select to_char(max(signed_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') from audit.checkpoint) as last,
    l.n as waiting, l.oldest from later l`

/** Setting up, and looking after, an installation. */
export const FORCE_COMMANDS: readonly Command[] = [
  {
    name: 'init',
    group: 'The force',
    summary: 'Set up a real force with its first administrator, in an empty database',
    usage: 'init --name "..." --admin-issuer URL --admin-subject ID --admin-name "..."',
    more: [
      'The issuer is the address of the sign-in service, the subject what it calls the administrator.',
      'Afterwards the demonstration sign-in refuses to start: set OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.',
    ],
    options: {
      name: { type: 'string' },
      'admin-issuer': { type: 'string' },
      'admin-subject': { type: 'string' },
      'admin-name': { type: 'string' },
    },
    async run({ installation }, values) {
      const name = needed(values, 'name', 'what the force is called')
      const first = {
        issuer: needed(values, 'admin-issuer', 'the address of the sign-in service'),
        subject: needed(values, 'admin-subject', 'what the sign-in service calls the first administrator'),
        name: needed(values, 'admin-name', 'the name of the first administrator'),
      }
      if (!isIssuer(first.issuer)) throw new UsageError('--admin-issuer must be an address that begins with https://')
      const id = name
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .replaceAll(/^-|-$/g, '')
      if (id === '') throw new UsageError('--name must hold letters')
      const opened = await installation()
      const administrator = await setUp(opened, { id, name }, first)
      await logAlone(opened, await commandScope(opened, 'set up the force', 'init'), 'alter', {
        what: 'init',
        administrator,
      })
      return {
        result: { force: id, name, administrator },
        said: `${name} is set up, and ${first.name} is its administrator. Start the server with OIDC_ISSUER=${first.issuer}`,
      }
    },
  },
  {
    name: 'status',
    group: 'Keeping it running',
    summary: 'What this installation holds and how far its log is sealed',
    usage: 'status',
    options: {},
    async run({ installation }) {
      const opened = await installation()
      const pending = await pendingMigrations(opened.app)
      const found = await asAdmin(opened, async (client) => (await client.query<Figures>(FIGURES)).rows[0])
      if (!found) throw new Error('the database gave no figures')
      const { force, synthetic, entries, sealed, cosigned, last, waiting, oldest, ...counts } = found
      const log = { entries, sealed, cosigned, lastCheckpointAt: last, waiting, oldestWaitingSeconds: oldest }
      const said = [
        force === null ? 'no force is set up' : `${force}${synthetic ? ' (SYNTHETIC: everybody is invented)' : ''}`,
        ...Object.entries(counts).map(([what, count]) => `${what}: ${count}`),
        `log: ${sealed} of ${entries} entries sealed, ${cosigned} witnessed, last checkpoint ${last ?? 'never'}`,
        pending.length === 0 ? 'no migration is pending' : `pending migrations: ${pending.join(', ')}`,
      ]
      return { result: { force, synthetic, counts, log, pendingMigrations: pending }, said: said.join('\n') }
    },
  },
  {
    name: 'self-check',
    group: 'Keeping it running',
    summary: 'Check that the database is safe to serve from: exit code 1 when it is not',
    usage: 'self-check',
    options: {},
    async run({ installation }) {
      const problems = await selfCheck((await installation()).app)
      const said = problems.length === 0 ? 'the database is safe to serve from' : problems.join('\n')
      return { result: { ok: problems.length === 0, problems }, said, bad: problems.length > 0 }
    },
  },
  {
    name: 'migrate',
    group: 'Keeping it running',
    summary: 'Bring the database up to this version (every other command does so too)',
    usage: 'migrate',
    options: {},
    async run({ installation }) {
      const began = performance.now()
      const opened = await installation()
      // by the database's own clock, which need not agree with this machine's
      const seconds = (performance.now() - began) / 1000 + 0.5
      const { rows } = await opened.app.query<{ name: string; now: boolean }>(
        `select name, at > clock_timestamp() - make_interval(secs => $1) as now from meta.migration order by name`,
        [seconds],
      )
      const applied = rows.filter(({ now }) => now).map(({ name }) => name)
      return {
        result: { applied, migrations: rows.length },
        said:
          applied.length === 0
            ? 'the database is up to date'
            : `applied ${plural(applied.length, 'migration')}: ${applied.join(', ')}`,
      }
    },
  },
]
