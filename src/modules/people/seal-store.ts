import type { Tx } from '#platform/db'
import { emit } from '#platform/events'

/** Told when somebody has been sealed or unsealed by hand: the subject is the person. */
export const SEAL_CHANGED = 'people.seal-changed'

/** What came of asking to seal or unseal somebody: done, or why not. */
export type Sealed = 'done' | 'not there' | 'words' | 'already' | 'police'

/**
 * Seals somebody, at once and for everybody who is not named. The worker then makes anew what searches and scores of others
 * were made of with these records.
 * @throws where the one who asks has not just confirmed who they are
 */
export async function sealPerson(tx: Tx, personId: string, reason: string): Promise<Sealed> {
  const [row] = await tx.sql<{ came: Sealed }>`select people.seal_person(${personId}, ${reason}) as came`
  return told(tx, personId, row?.came)
}

/**
 * Opens somebody sealed again to whoever may see them.
 * @throws where the one who asks has not just confirmed who they are
 */
export async function unsealPerson(tx: Tx, personId: string, reason: string): Promise<Sealed> {
  const [row] = await tx.sql<{ came: Sealed }>`select people.unseal_person(${personId}, ${reason}) as came`
  return told(tx, personId, row?.came)
}

async function told(tx: Tx, personId: string, came: Sealed = 'not there'): Promise<Sealed> {
  if (came === 'done') await emit(tx, { topic: SEAL_CHANGED, subject: personId })
  return came
}
