// The sealed and the absent are told apart by nothing, and so not by the time that an answer takes either.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { hashToken } from '#platform/auth'
import { type Tx, withScope } from '#platform/db'
import { STORY, storyPerson } from '#test/demo-template'
import { type Product, startProduct } from '#test/product'

const ROUNDS = 250
/** Standard deviations by which two samples of one kind differ once in a thousand times. */
const SAME = 3.3
/** A difference of the middle times by so little (hundredths of a millisecond) is drowned by any network. */
const LITTLE = 0.1
const TRIES = 4

const middle = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0

/** How far apart two samples lie, in standard deviations. Source: the rank test of Mann and Whitney, by its normal limit. */
function apart(one: readonly number[], other: readonly number[]): number {
  const all = [...one.map((ms) => ({ ms, first: 1 })), ...other.map((ms) => ({ ms, first: 0 }))]
  const ranks = all.toSorted((a, b) => a.ms - b.ms).reduce((sum, { first }, at) => sum + first * (at + 1), 0)
  const [n, m] = [one.length, other.length]
  return (ranks - (n * (n + 1)) / 2 - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12)
}

type Work = (tx: Tx, id: string) => Promise<unknown>

describe('an answer about the sealed', () => {
  let product: Product
  let tokenHash: Buffer
  let officer: string
  let record: string
  before(async () => {
    product = await startProduct({ watched: false })
    // the command that the sealed officer's record is in, so that nothing but the seal keeps it from her
    tokenHash = hashToken((await product.visitOf('amara')).token)
    officer = await storyPerson(product.admin, STORY.sealed)
    const { rows } = await product.admin.query<{ id: string }>(
      `select id from incidents.incident where ref = 'STORY-1'`,
    )
    record = rows[0]?.id ?? assert.fail('no record')
  })
  after(() => product.close())

  /** Without BEGIN and COMMIT, which are the same for all and would only drown the difference. */
  async function timeOf(work: Work, id: string): Promise<number> {
    const scope = { tokenHash, purpose: 'test', route: 'test', requestId: randomUUID() }
    return withScope(product.installation.app, scope, async (tx) => {
      const began = performance.now()
      await work(tx, id)
      return performance.now() - began
    })
  }
  interface Difference {
    readonly apart: number
    /** How much longer the first takes, as a part of the second. */
    readonly longer: number
  }
  /** The two in turn, so that whatever else the machine does is shared between them. */
  async function difference(one: [Work, () => string], other: [Work, () => string]): Promise<Difference> {
    const [ones, others]: [number[], number[]] = [[], []]
    for (let round = -20; round < ROUNDS; round++) {
      const first = await timeOf(one[0], one[1]())
      const second = await timeOf(other[0], other[1]())
      if (round < 0) continue // the plans are made
      ones.push(first)
      others.push(second)
    }
    return { apart: apart(ones, others), longer: middle(ones) / middle(others) - 1 }
  }

  const openPerson: Work = (tx, id) => tx.sql`select people.open_person(${id})`
  const openRecord: Work = async (tx, id) => {
    const [opened] = await tx.sql<{ id: string }>`select people.open_record(${id}) as id`
    await tx.sql`select id, summary from incidents.incident where id = ${opened?.id}`
  }
  const claim: Work = (tx, id) => tx.sql`select people.claim_record(${id}, 'claim', 'needed for this test')`
  const KINDS: readonly (readonly [string, Work, () => string])[] = [
    ['a person', openPerson, () => officer],
    ['a record', openRecord, () => record],
    ['a record opened with a reason', claim, () => officer],
  ]
  for (const [what, work, sealed] of KINDS) {
    it(`takes as long as about what is not there: ${what}`, async () => {
      const tried: string[] = []
      for (let time = 0; time < TRIES; time++) {
        const found = await difference([work, sealed], [work, randomUUID])
        tried.push(`${found.apart.toFixed(1)} standard deviations, ${(found.longer * 100).toFixed(1)} %`)
        if (Math.abs(found.apart) < SAME || Math.abs(found.longer) < LITTLE) {
          console.log(`# ${what}: ${tried.join('; ')}`)
          return
        }
      }
      assert.fail(`told apart each time: ${tried.join('; ')}`)
    })
  }

  it('and one question more for the one than for the other would be seen', async () => {
    const more: Work = async (tx, id) => {
      await tx.sql`select people.open_person(${id}), array(select people.my_claimed_records()), array(select people.my_sealed_records())`
    }
    const found = await difference([more, () => officer], [openPerson, randomUUID])
    assert.ok(found.apart > 2 * SAME && found.longer > LITTLE, JSON.stringify(found))
  })
})
