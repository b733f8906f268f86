import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { csvTable } from './csv.ts'

/** Who a mention really is. */
export interface TruePerson {
  readonly person: string
  readonly nameGroup: string
  readonly sex: string
}

/** The answers of a generated folder: each mention's reference and whose it is. Never to be imported. */
export async function readTruth(folder: string): Promise<ReadonlyMap<string, TruePerson>> {
  const table = async (name: string) => csvTable(await readFile(join(folder, 'truth', name), 'utf8'))
  const people = new Map<string, TruePerson>()
  for (const row of await table('persons.csv')) {
    people.set(row('person_id'), { person: row('person_id'), nameGroup: row('name_group'), sex: row('sex') })
  }
  const mentions = new Map<string, TruePerson>()
  for (const row of await table('mentions.csv')) {
    const person = people.get(row('person_id'))
    if (person === undefined) throw new RangeError('truth/mentions.csv names a person that truth/persons.csv lacks')
    mentions.set(row('mention_ref'), person)
  }
  return mentions
}
