import { listTargets } from './check-lists.ts'
import { noiseTargets } from './check-noise.ts'
import { peopleTargets } from './check-people.ts'
import { recordTargets } from './check-records.ts'
import { readReference } from './reference.ts'
import { type FolderRead, readFolder } from './seen.ts'
import { type Target, exact, within } from './target.ts'

/**
 * Reads a generated folder as an outsider would, compares it with its truth files and says which targets it meets: each
 * published, modelled or assumed figure of the parameter file, and what must hold of every file.
 */
export async function checkTargets(folder: string): Promise<Target[]> {
  const reference = readReference()
  const read = await readFolder(folder)
  return [
    ...recordTargets(reference, read),
    ...peopleTargets(reference, read),
    ...noiseTargets(reference, read),
    ...listTargets(reference, read),
    ...hygiene(read),
  ]
}

function hygiene({ hygiene: found, corrections, renamed, duplicates }: FolderRead): Target[] {
  const resent = duplicates.filter((row) => row('what') === 'file').length
  return [
    exact('telephone numbers outside the drama ranges', found.phones, 0),
    exact('postcodes that could be real', found.postcodes, 0),
    exact('e-mail addresses outside example.org and example.net', found.emails, 0),
    exact('files without the word SYNTHETIC', found.unmarked, 0),
    within('files sent twice', found.resent / found.files, 0.0025, 0.0055),
    exact('files sent twice, by the truth', resent, found.resent),
    within('files with a byte-order mark', found.marks, 1, Infinity),
    within('crimes sent again with their outcome', corrections, 1, Infinity),
    exact('names of the outcome column', Number(renamed.before) + Number(renamed.after), 2),
    exact('files cut short', found.truncated, 1),
  ]
}
