import { existsSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Installation, Say } from '../setup.ts'

/** What was typed makes no sense: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export type Values = Readonly<Record<string, string | boolean | undefined>>

/** What a command is given. */
export interface Context {
  /** Finds or starts the database and opens it, once. A command that does not ask needs none. */
  readonly installation: () => Promise<Installation>
  /** The data folder, for commands that read only keys. */
  readonly folder: string
  /** Progress, for people: to standard error. */
  readonly say: Say
  /** A path as the person typed it, from where they stood. */
  readonly path: (typed: string) => string
}

export interface Outcome {
  /** What `--json` prints. */
  readonly result: object
  /** What is printed otherwise. */
  readonly said: string
  /** The command did its work and what it found is bad: exit code 1. */
  readonly bad?: boolean
}

export interface Command {
  /** One word, or two ("audit verify"). */
  readonly name: string
  /** Under which heading `--help` lists it. */
  readonly group: 'Records' | 'Linkage' | 'The force' | 'The audit log' | 'Keeping it running'
  readonly summary: string
  /** The command with what follows it. */
  readonly usage: string
  /** More for `dauntless COMMAND --help`, a line each. */
  readonly more?: readonly string[]
  readonly options: Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>
  /** Takes words that are not options. */
  readonly takes?: 'words'
  run(context: Context, values: Values, words: readonly string[]): Promise<Outcome>
}

/** The text of an option that must be given. @throws UsageError */
export function needed(values: Values, name: string, what: string): string {
  const value = values[name]
  if (typeof value !== 'string' || value.trim() === '') throw new UsageError(`--${name} is needed: ${what}`)
  return value.trim()
}

/** @throws UsageError when it is not a number above 0 */
export function numberOf(value: string | boolean | undefined, otherwise: number, name: string): number {
  if (value === undefined) return otherwise
  const read = Number(value)
  if (!(read > 0)) throw new UsageError(`--${name} must be a number above 0, not "${String(value)}"`)
  return read
}

/** A folder to write into: new, or there and empty. @throws UsageError when it holds anything */
export function newFolder(context: Context, typed: string): string {
  const folder = resolve(context.path(typed))
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new UsageError(`${typed} is there already and not empty`)
  return folder
}

/** `1 row`, `2 rows`. */
export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`
