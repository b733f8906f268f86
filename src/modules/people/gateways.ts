import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'

/** A law that may allow sharing with a partner agency. */
export interface Gateway {
  readonly law: string
  /** What it allows, in a few words. */
  readonly allows: string
  /** Somebody has answered for it: without that the page says that nobody has. */
  readonly verified: boolean
}

const FILE = join(import.meta.dirname, '../../../data/sharing/gateways.csv')

/** The laws that are offered as the basis of a share. Another may be typed: which one holds is for whoever decides. */
export const GATEWAYS: readonly Gateway[] = (
  parse(readFileSync(FILE), { columns: true, bom: true }) as Record<string, string>[]
).map(({ law = '', allows = '', verified_by: by = '' }) => ({ law, allows, verified: by !== '' }))
