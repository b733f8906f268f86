import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { world, type World } from '#test/world'

// What a search is by its definition: everybody who agrees in two facts, or in one reference, whatever it costs to ask, with the
// place of the first key that agrees in each fact.
const PLAIN = `
  with hit as (
    select k.person_id, w.fact, max(w.weight) as weight, min(w.place) as place, bool_or(w.kind = 'ref') as is_ref
    from unnest($1::text[], $2::text[], $3::integer[], $4::real[]) with ordinality w (kind, value, fact, weight, place)
    join people.search_key k on k.kind = w.kind and k.value = w.value group by 1, 2)
  select h.person_id as id, sum(h.weight)::real as score, array_agg(h.place::integer order by h.place) as agrees from hit h
  join people.person p on p.id = h.person_id and p.merged_into is null and p.reach <> '{}' and not p.sealed
  group by 1 having count(*) >= 2 or bool_or(h.is_ref) order by 2 desc, 1 limit 50`

const KINDS = ['name', 'sound', 'dob', 'phone', 'postcode', 'ref'] as const
const WEIGHTS = { name: 4.5, sound: 2, dob: 8, phone: 8, postcode: 3, ref: 12 } as const

describe('the candidates of a search', () => {
  let force: World
  before(async () => {
    force = await world()
    // 600 people with a key of each kind: of few values, so that lists are long, and some longer than "few"
    await force.admin.query(
      `insert into people.person (id, name, roles, reach, sealed) select gen_random_uuid(), 'Invented ' || n, '{suspect}',
         case when n % 50 = 0 then '{}' else '{1}' end::smallint[], n % 40 = 1 from generate_series(1, 600) n`,
    )
    await force.admin.query(
      `insert into people.search_key (kind, value, person_id)
       select k.kind, 'v' || (abs(hashtext(p.id::text || k.kind)) % k.values_), p.id from people.person p
       cross join (values ('name', 4), ('sound', 2), ('dob', 5), ('phone', 300), ('postcode', 12), ('ref', 9)) k (kind, values_)
       where p.name like 'Invented %'`,
    )
  })
  after(() => force.close())

  it('are those of the definition, in its order, for any search', async () => {
    const key = fc.record({
      kind: fc.constantFrom(...KINDS),
      value: fc.integer({ min: 0, max: 12 }).map((n) => `v${n}`),
      fact: fc.integer({ min: 0, max: 3 }),
    })
    const search = fc.uniqueArray(key, {
      minLength: 1,
      maxLength: 9,
      selector: ({ kind, value }) => `${kind} ${value}`,
    })
    const seed = Date.now() & 0x7fffffff
    console.log(`# seed ${seed}`)
    let found = 0
    for (const keys of fc.sample(search, { numRuns: 150, seed })) {
      const asked = [
        keys.map(({ kind }) => kind),
        keys.map(({ value }) => value),
        keys.map(({ fact }) => fact),
        keys.map(({ kind }) => WEIGHTS[kind]),
      ]
      const { rows: plain } = await force.admin.query(PLAIN, asked)
      const { rows } = await force.admin.query(
        `select id, score, (select array_agg(a order by a) from unnest(agrees) a) as agrees
           from people.candidates($1, $2, $3, $4)`,
        asked,
      )
      assert.deepEqual(rows, plain, JSON.stringify(keys))
      found += rows.length
    }
    assert.ok(found > 500, `${found} found in all`)
  })
})
