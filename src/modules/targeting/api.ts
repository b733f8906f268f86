import { z } from 'zod'
import { apiRoute, type ApiRoute } from '#platform/http'
import { PAGE_ROWS, rankedList } from './store.ts'

const YES = z.stringbool().default(false)

/** The ranked list for other programs. */
export const targetingApi: readonly ApiRoute[] = [
  apiRoute({
    method: 'GET',
    path: '/targets',
    action: 'targeting.read',
    summary: 'The ranked list, fifty at a time. The order decides nothing: a named person chooses',
    purpose: 'choose whom to target',
    input: z.strictObject({
      bcu: z.coerce.number().int().min(0).max(100).optional(),
      borough: z
        .string()
        .regex(/^[A-Za-z0-9]{1,12}$/)
        .optional(),
      serial: YES,
      escalating: YES,
      unarrested: YES,
      lifted: YES,
      page: z.coerce.number().int().min(1).max(100_000).default(1),
    }),
    answer: z.object({
      found: z.int(),
      rows: z.array(
        z.object({
          person_id: z.uuid(),
          name: z.string(),
          place: z.int(),
          total: z.number(),
          recency: z.number(),
          frequency: z.number(),
          gravity: z.number(),
          victims: z.number(),
          version: z.string(),
          scored_at: z.iso.datetime(),
          harm_days: z.number(),
          harm_fallback: z.boolean(),
          serial: z.boolean(),
          escalating: z.boolean(),
          unarrested: z.boolean(),
          conduct_36m: z.int(),
          strangulation_36m: z.int(),
          threats_36m: z.int(),
          high_risk_36m: z.int(),
          lifted: z.boolean(),
          decision: z.enum(['target', 'refuse']).nullable(),
          review_on: z.iso.date().nullable(),
        }),
      ),
    }),
    run: (tx, { bcu, borough, page, ...only }) =>
      rankedList(tx, { bcu: bcu ?? null, borough: borough ?? null, ...only }, (page - 1) * PAGE_ROWS),
  }),
]
