import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MentionRow } from '#linkage-engine'
import { addOtherParties } from '#modules/linkage'
import { writeMentions } from './mentions.ts'

const uuid = (kind: string, n: number): string => `0190${kind}-0000-7000-8000-${n.toString(16).padStart(12, '0')}`

const BCUS = 12

/** So many mentions in order share no record with any other. */
export const LOT = 10_000

/** Names that stand for nobody, as they are typed where a form wants one. */
const PLACEHOLDERS = ['Unknown', 'Baby', 'Not Known', 'X', 'Male', 'Tbc'] as const

/** A mention, and the BCU whose record it would be on by itself. */
export interface LiveMention extends MentionRow {
  readonly bcu: number
}

/**
 * Mentions of invented people as records of a force hold them: two parties a record, met in the same BCU, each with the other one.
 * One of a hundred is called by a name that thousands have, one of fifty by one that stands for nobody, one of a hundred is born on
 * a placeholder; 98 of a hundred are met in the BCU where they live (in the synthetic London, 99 are met where they were before).
 */
export function liveMentions(count: number): LiveMention[] {
  const folder = mkdtempSync(join(tmpdir(), 'dauntless-live-'))
  try {
    const file = join(folder, 'mentions.csv')
    writeMentions(file, count)
    const records = recordsOf()
    const rows = readFileSync(file, 'latin1')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line, n): LiveMention => {
        const [, person = '', first = '', middle = '', surname = '', dob = '', sex = '', postcode = '', phone = ''] =
          line.split(',')
        const common = n % 100 === 17
        const nobody = n % 50 === 33
        const home = Number(person) >> 1 // of either role some
        const bcu = 1 + ((n % 50 === 4 ? n : home) % BCUS)
        return {
          id: uuid('0000', n),
          forenames: common
            ? 'Mohammed'
            : nobody
              ? (PLACEHOLDERS[n % PLACEHOLDERS.length] ?? '')
              : `${first} ${middle}`.trim(),
          surname: common ? 'Khan' : nobody ? 'Unknown' : surname,
          knownAs: '',
          dob: n % 100 === 51 ? '1900-01-01' : dob,
          sex: sex === '' ? '' : sex.toUpperCase(),
          postcode: postcode.toUpperCase(),
          phone,
          nominal: '',
          custody: '',
          record: records(n, bcu),
          bcu,
          role: n % 20 === 7 ? 'witness' : Number(person) % 2 === 0 ? 'victim' : 'suspect',
        }
      })
    addOtherParties(rows)
    return rows
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Which record each next mention is on: the one that waits for a second party in its BCU, or a new one. */
function recordsOf(): (n: number, bcu: number) => string {
  const waiting = new Map<number, string>()
  return (n, bcu) => {
    if (n % LOT === 0) waiting.clear()
    const record = waiting.get(bcu)
    if (record !== undefined) waiting.delete(bcu)
    else waiting.set(bcu, uuid('0001', n))
    return record ?? uuid('0001', n)
  }
}
