import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { withScope, type Tx } from '#platform/db'
import { asAdmin, type Installation, type Say } from './setup.ts'

/**
 * What the demonstration's staff have done before anybody signs in, so that each role's first page has something true to
 * say: people shared with the partners, a record opened in danger that waits for its review, targets chosen and refused.
 * Each is done as the person it names, under the policies that hold for them, and is in the log as theirs. Done once.
 */
export async function actDemo(installation: Installation, say: Say): Promise<void> {
  const acted = await asAdmin(installation, async (client) => {
    const { rows } = await client.query<{ acted: boolean }>('select exists (select from targeting.choice) as acted')
    return rows[0]?.acted === true
  })
  if (acted) return
  const as = async <T>(subject: string, purpose: string, work: (tx: Tx) => Promise<T>): Promise<T> => {
    const tokenHash = createHash('sha256').update(randomBytes(32)).digest()
    const opened = await asAdmin(installation, (client) =>
      client.query(
        `insert into auth.session (account_id, token_hash, user_agent, step_up_at)
         select id, $2, 'demonstration', now() from auth.account where issuer = 'embedded' and subject = $1`,
        [subject, tokenHash],
      ),
    )
    if (opened.rowCount === 0) throw new Error(`the demonstration has nobody called ${subject}`)
    try {
      return await withScope(
        installation.app,
        { tokenHash, purpose, route: 'dauntless demo', requestId: randomUUID() },
        work,
      )
    } finally {
      await asAdmin(installation, (client) =>
        client.query('update auth.session set closed_at = now() where token_hash = $1', [tokenHash]),
      )
    }
  }
  const ranked = async (tx: Tx, first: number, howMany: number): Promise<string[]> => {
    const rows = await tx.sql<{ id: string }>`
      select person_id as id from targeting.open_ranked(null, null, false, false, false, false, ${first}, ${howMany}) order by place`
    return rows.map(({ id }) => id)
  }
  const choose = (tx: Tx, id: string, decision: 'target' | 'refuse', days: number, reason: string) => tx.sql`
    insert into targeting.choice (person_id, decision, reason, review_on, score, operation_id, reach)
    select p.id, ${decision}, ${reason}, organisation.today() + ${days}::integer,
      jsonb_build_object('total', s.total, 'version', r.version), gen_random_uuid(), t.reach
    from people.told_of(array[${id}::uuid]) t join people.person p on p.id = t.person_id left join targeting.score s on s.person_id = p.id
    left join targeting.scoring r on true`

  const worst = await as('grace', 'choosing people to target', async (tx) => {
    const [first, , third] = await ranked(tx, 0, 3)
    if (third !== undefined)
      await choose(tx, third, 'refuse', 10, 'Demonstration: the housing referral comes first, look again after it')
    return first
  })
  await as('ruth', 'choosing people to target', async (tx) => {
    const [first] = await ranked(tx, 0, 1)
    if (first !== undefined)
      await choose(tx, first, 'target', 3, 'Demonstration: reported against several people, and for the gravest harm')
  })
  if (worst === undefined) return
  await as('grace', 'share with a partner', async (tx) => {
    await tx.sql`select people.open_person(${worst})`
    await tx.sql`
      select people.share_person(v.victim_id, a.id, case a.kind when 'housing' then '{identity}'::text[] else '{identity,incidents}'::text[] end,
        case a.kind when 'housing' then 'a safe tenancy' else 'safety planning' end, 'Crime and Disorder Act 1998 s.115',
        now() + case a.kind when 'housing' then interval '10 days' else interval '60 days' end, gen_random_uuid())
      from organisation.agency a cross join (
        select distinct victim_id from incidents.involvement where suspect_id = ${worst}
          and victim_id in (select id from people.person)) v`
  })
  await as(
    'tom',
    'open a record with a reason',
    (tx) =>
      tx.sql`select people.claim_record(${worst}, 'break_glass', 'Demonstration: he was seen outside her sister’s home in Bexley')`,
  )
  say('the demonstration’s staff have shared, chosen and opened something')
}
