// Changes that somebody tries on tables under policies, and what must come of each: for the proof that every policy is needed.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type AccessWorld, type Account, REVIEWED } from '#test/access-world'
import { maySee } from '#test/reference-decision'

/** One change that somebody tries: done, nothing (no row to change), or refused by a policy. */
export interface Attempt {
  readonly sentence: string
  readonly table: string
  readonly who: Account
  readonly must: 'done' | 'nothing' | 'refused'
  readonly sql: string
  readonly values: readonly unknown[]
}

/** Every kind of change that the web role may be granted, by somebody who may make it and by somebody who may not. */
export function attempts(w: AccessWorld): Attempt[] {
  const who = (label: string): Account => w.accounts.find((one) => one.label === label) ?? assert.fail(label)
  const [supervisor, investigator, standards] = [who('supervisor 1'), who('investigator 1'), who('standards')]
  const where = (sight: string, actor: Account): string =>
    w.people.find((one) => !one.sealed && maySee(actor, one, w.now) === sight)?.id ??
    assert.fail(`${actor.label} ${sight}`)
  const [seen, unseen] = [where('full', supervisor), where('stub', supervisor)]
  const mine = where('full', investigator)
  const sealed = w.people.find((one) => one.sealed)?.id ?? assert.fail('nobody is sealed')
  const hidden = w.people.find((one) => one.sealed && maySee(investigator, one, w.now) === 'none')?.id ?? assert.fail()
  // somebody who is not yet named for the sealed
  const fresh = w.accounts.find(({ namedFor }) => !namedFor.includes(sealed)) ?? assert.fail('all are named')
  const reason = 'a reason of some length'
  const train = 'insert into linkage.training (id, asked_by) values (gen_random_uuid(), $1)'
  const analyst = who('analyst of the force')
  const exclude = 'insert into people.exclusion (account_id, person_id, reason) values ($1, $2, $3)'
  const name = 'insert into people.seal_reader (person_id, account_id, reason, by_account) values ($1, $2, $3, $4)'
  const share = `insert into people.share (agency_id, person_id, fields, purpose, basis, until, decided_by)
    values ($1, $2, '{identity}', 'marac', 'law', now() + interval '1 day', $3)`
  const choose = `insert into targeting.choice (person_id, decision, reason, review_on, score, operation_id, reach, by_account)
    values ($1, 'target', $2, '2031-01-01', '{}', gen_random_uuid(), '{1}', $3)`
  // somebody sealed, for whom standards is named and the supervisor is not, opened with a reason by another before that
  const [closed, other] =
    standards.namedFor
      .filter((id) => !supervisor.namedFor.includes(id) && standards.exclusions.every(({ person }) => person !== id))
      .flatMap((id) =>
        w.accounts.filter((one) => one.claims.some(({ person }) => person === id)).map((one) => [id, one] as const),
      )
      .find(([, { label }]) => ![REVIEWED, 'standards', 'supervisor 1'].includes(label)) ?? assert.fail('nobody')
  const open =
    investigator.claims.find(({ person }) => w.people.some(({ id, sealed: is }) => id === person && !is))?.person ??
    assert.fail('nobody')
  const reviewOf = `update people.claim set reviewed_by = $1, reviewed_at = now(), finding = 'justified'
    where account_id = $2 and person_id = $3`
  const review =
    "update people.claim set reviewed_by = $1, reviewed_at = now(), finding = 'justified' where account_id = $2"
  const [administrator, post, end] = [
    who('administrator'),
    `insert into organisation.posting (account_id, role, unit_id, valid_from)
      values ($1, 'investigator', (select id from organisation.unit order by id limit 1), current_date)`,
    'update organisation.posting set valid_to = current_date + 1 where account_id = $1',
  ]
  const administers = (actor: Account, must: Attempt['must'], mustUpdate: Attempt['must']): Try[] => [
    ['posts somebody', 'organisation.posting', actor, must, post, [supervisor.id]],
    ['ends a posting', 'organisation.posting', actor, mustUpdate, end, [supervisor.id]],
    [
      'gives a theme',
      'organisation.portfolio',
      actor,
      must,
      `insert into organisation.portfolio (account_id, theme, valid_from) values ($1, 'Stalking', current_date)`,
      [supervisor.id],
    ],
    [
      'ends a theme',
      'organisation.portfolio',
      actor,
      mustUpdate,
      'update organisation.portfolio set valid_to = current_date where theme = $1',
      ['Domestic abuse'],
    ],
    [
      'adds an agency',
      'organisation.agency',
      actor,
      must,
      `insert into organisation.agency (name, kind) values ($1, 'other')`,
      ['Another agency'],
    ],
    [
      'suspends an agency',
      'organisation.agency',
      actor,
      mustUpdate,
      'update organisation.agency set suspended_at = now() where id = $1',
      [w.agencies[0]],
    ],
    [
      'adds a unit',
      'organisation.unit',
      actor,
      must,
      `insert into organisation.unit (kind, name) values ('safeguarding', $1)`,
      ['Another unit'],
    ],
    [
      'adds an account',
      'auth.account',
      actor,
      must,
      `insert into auth.account (issuer, subject, name) values ('test', $1, $1)`,
      ['somebody new'],
    ],
    [
      'disables an account',
      'auth.account',
      actor,
      mustUpdate,
      'update auth.account set disabled_at = now() where id = $1',
      [supervisor.id],
    ],
  ]
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
    [
      'declares one with the hidden',
      'people.exclusion',
      investigator,
      'refused',
      exclude,
      [investigator.id, hidden, reason],
    ],
    [
      'declares one with nobody',
      'people.exclusion',
      investigator,
      'refused',
      exclude,
      [investigator.id, randomUUID(), reason],
    ],
    [
      'names a reader past the function',
      'people.seal_reader',
      standards,
      'refused',
      name,
      [sealed, fresh.id, reason, standards.id],
    ],
    ['shares past the function', 'people.share', supervisor, 'refused', share, [w.agencies[0], seen, supervisor.id]],
    ['chooses whom she sees', 'targeting.choice', supervisor, 'done', choose, [seen, reason, supervisor.id]],
    ['chooses whom she does not', 'targeting.choice', supervisor, 'refused', choose, [unseen, reason, supervisor.id]],
    ['chooses as another', 'targeting.choice', supervisor, 'refused', choose, [seen, reason, investigator.id]],
    ['chooses without the role', 'targeting.choice', investigator, 'refused', choose, [mine, reason, investigator.id]],
    ['asks for a model', 'linkage.training', analyst, 'done', train, [analyst.id]],
    ['asks for one as another', 'linkage.training', analyst, 'refused', train, [supervisor.id]],
    ['asks for one without the role', 'linkage.training', supervisor, 'refused', train, [supervisor.id]],
    ["reviews somebody's claims", 'people.claim', supervisor, 'done', review, [supervisor.id, investigator.id]],
    ['reviews as another', 'people.claim', supervisor, 'refused', review, [investigator.id, investigator.id]],
    ['reviews her own', 'people.claim', supervisor, 'nothing', review, [supervisor.id, supervisor.id]],
    ['reviews his own', 'people.claim', investigator, 'nothing', review, [investigator.id, investigator.id]],
    ['reviews what has been', 'people.claim', supervisor, 'nothing', review, [supervisor.id, who(REVIEWED).id]],
    ...administers(administrator, 'done', 'done'),
    ...administers(investigator, 'refused', 'nothing'),
    ['posts herself', 'organisation.posting', administrator, 'refused', post, [administrator.id]],
    ['ends her own posting', 'organisation.posting', administrator, 'nothing', end, [administrator.id]],
    ['ends his own posting', 'organisation.posting', investigator, 'nothing', end, [investigator.id]],
    [
      'disables herself',
      'auth.account',
      administrator,
      'nothing',
      'update auth.account set disabled_at = now() where id = $1',
      [administrator.id],
    ],
    ['reviews of the sealed', 'people.claim', standards, 'done', reviewOf, [standards.id, other.id, closed]],
    ['reviews of the sealed', 'people.claim', supervisor, 'nothing', reviewOf, [supervisor.id, other.id, closed]],
    ['reviews of the open', 'people.claim', standards, 'nothing', reviewOf, [standards.id, investigator.id, open]],
  ]
  return tries.map(([does, table, actor, must, sql, values]) => {
    return { sentence: `${actor.label} ${does}`, table, who: actor, must, sql, values }
  })
}
