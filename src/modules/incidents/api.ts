import { z } from 'zod'
import { apiRoute, type ApiRoute } from '#platform/http'
import { offencesOf, openIncident, partiesOf } from './store.ts'

const WHEN = z.iso.datetime().nullable()

/** One record for other programs. */
export const incidentsApi: readonly ApiRoute[] = [
  apiRoute({
    method: 'GET',
    path: '/incidents/:id',
    action: 'incidents.read',
    summary: 'One incident with the people on it and its offences',
    purpose: 'open a record',
    input: z.strictObject({ id: z.uuid() }),
    answer: z.object({
      incident: z.object({
        id: z.uuid(),
        ref: z.string(),
        source: z.string(),
        kind: z.enum(['crime', 'non_crime']),
        status: z.string(),
        domestic: z.boolean(),
        reportedAt: z.iso.datetime(),
        committedFrom: WHEN,
        committedTo: WHEN,
        bcu: z.string(),
        place: z.string().nullable(),
        address: z.string().nullable(),
        postcode: z.string().nullable(),
        channel: z.string().nullable(),
        summary: z.string().nullable(),
        riskGrade: z.enum(['standard', 'medium', 'high']).nullable(),
        flags: z.array(z.string()),
        arrestMade: z.boolean(),
      }),
      parties: z.array(
        z.object({
          personId: z.uuid().nullable(),
          role: z.string(),
          name: z.string(),
          relationship: z.string().nullable(),
          arrestedAt: WHEN,
          custodyRef: z.string().nullable(),
        }),
      ),
      offences: z.array(
        z.object({ seq: z.int(), title: z.string(), outcomeCode: z.string().nullable(), outcomeAt: WHEN }),
      ),
    }),
    run: async (tx, { id }) => {
      const incident = await openIncident(tx, id)
      return incident && { incident, parties: await partiesOf(tx, [id]), offences: await offencesOf(tx, [id]) }
    },
  }),
]
