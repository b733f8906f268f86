// The first page after sign-in: what it says to each role, held against a plain reading of the tables.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { STORY, storyPerson } from '#test/demo-template'
import { type Product, startProduct } from '#test/product'
import { actDemo } from '../src/demo-acts.ts'

describe('the first page', () => {
  let product: Product
  before(async () => {
    product = await startProduct()
    // So small a demonstration may have no record graded high in a command's last months.
    await product.admin.query(
      `update incidents.incident set risk_grade = 'high' where id in (
         select distinct on (i.bcu_id) i.id from incidents.incident i
         where i.bcu_id in (2, 12) and i.ref not like 'STORY%' and i.domestic and i.status in ('recorded', 'transferred') and not i.arrest_made and not i.sealed
           and not exists (select from people.mention m where m.record_id = i.id and m.arrested_at is not null)
         order by i.bcu_id, i.reported_at desc)`,
    )
  })
  after(() => product.close())

  async function cardsOf(subject: string): Promise<Map<string, string>> {
    const { status, body } = await product.get(await product.visitOf(subject), '/')
    assert.equal(status, 200, subject)
    const cards = body.matchAll(/<section class="dauntless-card">\s*<h2[^>]*>([^<]*)<\/h2>([^]*?)<\/section>/g)
    return new Map([...cards].map(([, title = '', text = '']) => [title, text.replace(/\s+/g, ' ')]))
  }

  it('has something for every role', async () => {
    for (const subject of product.subjects) assert.ok((await cardsOf(subject)).size > 0, subject)
  })

  it('counts the records graded high without an arrest, in the own command or in all, and names the newest', async () => {
    for (const [subject, bcus] of [
      ['leila', [2]],
      ['tom', [12]],
      ['ruth', null],
    ] as const) {
      const { rows } = await product.admin.query<{ id: string }>(
        `select i.id from incidents.incident i
         where i.risk_grade = 'high' and i.domestic and i.status in ('recorded', 'transferred') and not i.arrest_made
           and i.reported_at >= (organisation.today() - interval '12 months') at time zone 'Europe/London'
           and ($1::smallint[] is null or i.reach && $1) and not i.sealed
           and not exists (select from people.mention m where m.record_id = i.id and m.arrested_at is not null
             and m.superseded_at is null)
         order by i.reported_at desc, i.id`,
        [bcus],
      )
      assert.ok(rows.length > 0, `${subject} has such records`)
      const card = (await cardsOf(subject)).get('High risk, nobody arrested') ?? ''
      assert.match(card, new RegExp(`>\\s*${rows.length} records? of the last 12 months`), subject)
      const linked = [...card.matchAll(/\/incidents\/([\w-]+)/g)].map(([, id]) => id)
      assert.deepEqual(
        linked,
        rows.slice(0, 5).map(({ id }) => id),
        subject,
      )
    }
  })

  it('leaves out a record with somebody whom the reader has a conflict with, or who is sealed', async () => {
    const known = await storyPerson(product.admin, STORY.suspect) // imran's cousin
    const sealed = await storyPerson(product.admin, STORY.sealed)
    await product.admin.query(
      `update incidents.incident set risk_grade = 'high', reported_at = now() - interval '1 minute' where id in (
         select m.record_id from people.mention m join people.membership b on b.mention_id = m.id where b.person_id = any ($1))`,
      [[known, sealed]],
    )
    const names = async (subject: string): Promise<string> =>
      (await cardsOf(subject)).get('High risk, nobody arrested') ?? ''
    assert.match(await names('amara'), new RegExp(STORY.suspect.surname))
    assert.doesNotMatch(await names('imran'), new RegExp(STORY.suspect.surname))
    for (const subject of ['amara', 'ruth']) assert.doesNotMatch(await names(subject), new RegExp(STORY.sealed.surname))
  })

  it('tells a partner whom is shared with the agency and until when, and nothing once it has ended', async () => {
    const title = 'Shared with your agency'
    assert.match(
      (await cardsOf('nadia')).get(title) ?? '',
      new RegExp(`${STORY.shared.surname}[^]*Until .*in \\d+ days`),
    )
    await product.admin.query(`update people.share set ended_at = now()`)
    assert.equal((await cardsOf('nadia')).has(title), false)
    await product.admin.query(`update people.share set ended_at = null`)
  })

  it('tells professional standards whom they are named for, and nobody else', async () => {
    const title = 'Sealed records you are named for'
    assert.match((await cardsOf('olu')).get(title) ?? '', new RegExp(STORY.sealed.surname))
    for (const subject of product.subjects.filter((one) => one !== 'olu'))
      assert.equal((await cardsOf(subject)).has(title), false, subject)
  })

  it('of the demonstration is filled by acts of its own staff, once', async () => {
    await product.admin.query('delete from targeting.choice')
    await product.admin.query('delete from people.share')
    const acted = async (): Promise<unknown> =>
      (
        await product.admin.query(
          `select (select array_agg(distinct a.subject order by a.subject) from targeting.choice c join auth.account a on a.id = c.by_account) as chose,
             (select count(*)::int from targeting.choice) as choices, (select count(*)::int from people.share) as shares,
             (select count(*)::int from people.claim) as claims`,
        )
      ).rows[0]
    const shares = async () => (await product.admin.query('select from people.share')).rowCount ?? 0
    const before = await shares()
    await actDemo(product.installation, () => {})
    const once = await acted()
    assert.deepEqual((once as { chose: string[] }).chose, ['grace', 'ruth'])
    assert.ok((await shares()) > before)
    await actDemo(product.installation, () => {})
    assert.deepEqual(await acted(), once)
    assert.match((await cardsOf('grace')).get('Records opened with a reason') ?? '', /wait/)
    assert.match((await cardsOf('ruth')).get('Target reviews due') ?? '', /in 3 days/)
  })
})
