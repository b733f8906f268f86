import type { Tx } from '#platform/db'
import type { Mention } from '#modules/people'
import { mentionsOfPersons } from './pairs.ts'
import { type EvidenceEdge, evidencePath, type PathNode } from './rules.ts'
import { type Judgement, judgementsAbout } from './store.ts'

/** Two mentions of one person: how strongly the model holds them together, or that somebody has said so. */
export interface HoldingEdge extends EvidenceEdge {
  readonly chance: number | null
  readonly saidBy: string | null
}

/** Why the mentions of a person are held to be one, and what people have said about them. */
export interface PersonEvidence {
  readonly mentions: readonly Mention[]
  readonly path: readonly PathNode<HoldingEdge>[]
  readonly judgements: readonly Judgement[]
}

/** Bits as which a person's word counts in the path: before anything that a model says. */
const SAID = 1000

/** What holds the mentions of an opened person together, of those that the acting person sees. */
export async function evidenceFor(tx: Tx, personId: string): Promise<PersonEvidence> {
  const [mentions, judgements] = await Promise.all([mentionsOfPersons(tx, [personId]), judgementsAbout(tx, personId)])
  const ids = mentions.map(({ id }) => id)
  // one record hangs on nothing
  if (ids.length < 2) return { mentions, path: evidencePath(ids, []), judgements }
  const [edges, said] = await Promise.all([
    tx.sql<HoldingEdge>`
      select e.a, e.b, e.weight, e.chance, null as "saidBy" from linkage.edge e where e.a = any (${ids}) and e.b = any (${ids})`,
    tx.sql<{ a: string; b: string; judgement: string }>`
      select s.a, s.b, s.judgement_id as judgement from linkage.assertion s where s.verdict = 'same' and s.a = any (${ids}) and s.b = any (${ids})
        and not exists (select from linkage.withdrawal w where w.judgement_id = s.judgement_id) order by 1, 2, 3`,
  ])
  const by = new Map(judgements.map((one) => [one.id, one.by]))
  const spoken = said.map(({ a, b, judgement }): HoldingEdge => {
    return { a, b, weight: SAID, chance: null, saidBy: by.get(judgement) ?? 'a member of staff' }
  })
  return { mentions, path: evidencePath(ids.toSorted(), [...edges, ...spoken]), judgements }
}

/** Opens a person, which is logged. False: nobody there for the one who asks. */
export async function openPerson(tx: Tx, personId: string): Promise<boolean> {
  const [opened] = await tx.sql<{ ok: boolean }>`select people.open_person(${personId}) as ok`
  return opened?.ok === true
}
