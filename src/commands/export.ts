import { existsSync, renameSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { markedCsv } from '#modules/oversight'
import { withScope, type Scope, type Tx } from '#platform/db'
import type { Installation, Say } from '../setup.ts'
import { needed, plural, UsageError, type Command } from './command.ts'
import { commandScope, isSynthetic, logCommand, SHORTEST_REASON } from './service.ts'

type Cell = string | number | boolean | null
interface Row {
  /** Where the next page begins. */
  readonly id: string
  readonly cells: readonly Cell[]
  readonly subjects: readonly string[]
  readonly objects: readonly string[]
}
interface Exported {
  readonly head: readonly string[]
  page(tx: Tx, after: string, rows: number): Promise<Row[]>
}

/** Rows read, logged and written at a time. */
const PAGE = 2000
const FIRST = '00000000-0000-0000-0000-000000000000'

/**
 * What can be exported. The sealed are in none of them, nor who is known by sealed records alone (without reach): nobody is
 * named for a file.
 */
const EXPORTS: Readonly<Record<string, Exported>> = {
  people: {
    head: ['person', 'name', 'dob', 'sex', 'roles', 'incidents', 'commands'],
    page: (tx, after, rows) => tx.sql<Row>`
      select p.id, jsonb_build_array(p.id, p.name, p.dob, p.sex, array_to_string(p.roles, ' '), p.incidents, (select string_agg(b.code, ' ' order by b.code)
          from organisation.bcu b where b.id = any (p.reach))) as cells, array[p.id] as subjects, '{}'::uuid[] as objects
      from people.person p where p.id > ${after} and p.merged_into is null and not p.sealed and p.reach <> '{}' order by p.id limit ${rows}`,
  },
  incidents: {
    head: [
      'record',
      'source',
      'reference',
      'kind',
      'status',
      'domestic',
      'reported_at',
      'command',
      'borough',
      'risk',
      'offences',
    ],
    page: (tx, after, rows) => tx.sql<Row>`
      select i.id, jsonb_build_array(i.id, i.source, i.ref, i.kind, i.status, i.domestic, i.reported_at, b.code, i.borough_code, i.risk_grade,
          (select string_agg(o.code, ' ' order by o.seq) from incidents.offence o where o.incident_id = i.id)) as cells,
        array(select distinct s.person_id from people.mention m join people.membership s on s.mention_id = m.id and s.to_at is null
          where m.record_id = i.id) as subjects, array[i.id] as objects
      from incidents.incident i left join organisation.bcu b on b.id = i.bcu_id
      where i.id > ${after} and not i.sealed order by i.id limit ${rows}`,
  },
  targets: {
    head: ['person', 'name', 'decided_at', 'reason', 'review_on', 'points_then', 'points_now', 'decided_by'],
    page: (tx, after, rows) => tx.sql<Row>`
      select p.id, jsonb_build_array(p.id, p.name, c.at, c.reason, c.review_on, c.score -> 'total', s.total, c.by_account) as cells,
        array[p.id] as subjects, array[c.id] as objects
      from people.person p join lateral (select x.* from targeting.choice x
        where x.person_id = any (array(select o.id from people.person o where o.merged_into = p.id) || p.id)
        order by x.at desc, x.id limit 1) c on true
      left join targeting.score s on s.person_id = p.id
      where p.id > ${after} and c.decision = 'target' and p.merged_into is null and not p.sealed and p.reach <> '{}' order by p.id limit ${rows}`,
  },
}

/** Writes page by page: each is logged with whom it names and committed before it is in the file. */
async function exportTo(
  installation: Installation,
  scope: Scope,
  what: string,
  path: string,
  say: Say,
): Promise<number> {
  const chosen = EXPORTS[what]
  if (!chosen) throw new UsageError(`there is no export of ${what}`)
  const csv = markedCsv(await isSynthetic(installation), chosen.head)
  const partial = `${path}.partial`
  // what an export that was killed left there is written over
  const file = await open(partial, 'w', 0o600)
  try {
    await file.appendFile(csv.head)
    let rows = 0
    for (let after = FIRST; ;) {
      const page = await withScope(installation.worker, scope, async (tx) => {
        const found = await chosen.page(tx, after, PAGE)
        const ids = (of: 'subjects' | 'objects') => [...new Set(found.flatMap((row) => row[of]))]
        if (found.length > 0)
          await logCommand(tx, 'export', { what, rows: found.length }, ids('subjects'), ids('objects'))
        return found
      })
      await file.appendFile(page.map(({ cells }) => csv.line(cells)).join(''))
      rows += page.length
      const last = page.at(-1)
      if (!last || page.length < PAGE) break
      after = last.id
      say(`${rows} rows`)
    }
    await file.close()
    renameSync(partial, path)
    return rows
  } catch (error) {
    await file.close().catch(() => undefined)
    rmSync(partial, { force: true })
    throw error
  }
}

/** Taking data out is a disclosure: it needs a reason, and the log names everybody in the file. */
export const EXPORT_COMMANDS: readonly Command[] = [
  {
    name: 'export',
    group: 'Records',
    summary: 'Write people, incidents or chosen targets as CSV; logged, with everybody in the file',
    usage: `export ${Object.keys(EXPORTS).join('|')} --out FILE.csv --reason "..."`,
    more: ['Sealed records are in no export.'],
    options: { out: { type: 'string' }, reason: { type: 'string' } },
    takes: 'words',
    async run({ installation, say, path }, values, words) {
      const [what = '', ...others] = words
      if (!Object.hasOwn(EXPORTS, what) || others.length > 0)
        throw new UsageError(`say what to export: ${Object.keys(EXPORTS).join(', ')}`)
      const out = needed(values, 'out', 'the file to write')
      const reason = needed(values, 'reason', 'why the data leave, and for whom')
      if (reason.length < SHORTEST_REASON)
        throw new UsageError(`--reason must say why, in ${SHORTEST_REASON} letters or more`)
      const file = path(out)
      if (existsSync(file)) throw new UsageError(`${out} is there already`)
      const opened = await installation()
      const scope = await commandScope(opened, `export ${what}`, 'export', reason)
      const rows = await exportTo(opened, scope, what, file, say)
      return { result: { what, rows, file }, said: `${plural(rows, 'row')} written to ${file}` }
    },
  },
]
