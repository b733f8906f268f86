import type { z } from 'zod'
import type { Problem } from '#platform/views'

// nobody types these, and PostgreSQL keeps no NUL
const CONTROL = /(?![\t\n\r])\p{Cc}/gu

/** The text of one field of a posted form, trimmed; empty when it is not there or is not one text. */
export function field(body: unknown, name: string): string {
  const value = body !== null && typeof body === 'object' ? (body as Record<string, unknown>)[name] : undefined
  return typeof value === 'string' ? value.replace(CONTROL, '').trim() : ''
}

/** What a schema found wrong, as problems to show beside the fields. */
export function formProblems(error: z.ZodError): Problem[] {
  return error.issues.map(({ path, message }) => ({ field: String(path[0] ?? ''), message }))
}

const ID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const WHOLE_ID = new RegExp(`^${ID}$`)
const ID_WITHIN = new RegExp(ID)

/** Whether a text is the id of a row: a UUID in small letters. */
export const isId = (text: string): boolean => WHOLE_ID.test(text)

/** The first id in whatever was typed or pasted, as an address is; empty when there is none. */
export const idIn = (text: string): string => ID_WITHIN.exec(text.toLowerCase())?.[0] ?? ''
