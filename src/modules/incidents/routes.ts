import type { FastifyInstance } from 'fastify'
import type { Temporal } from '#platform/clock'
import { onceInTx, withScope, type Tx } from '#platform/db'
import { pageReply, scopeOf, type Module, type PersonPanel, type RouteParts, isId } from '#platform/http'
import type { Html } from '#platform/views'
import { incidentsApi } from './api.ts'
import type { ArrivalsOf } from './arrivals.ts'
import { correctJob } from './corrections.ts'
import { importRoutes } from './import-routes.ts'
import * as store from './store.ts'
import { highRiskCard, importsCard } from './today.ts'
import { dryRunJob, importJob } from './upload-jobs.ts'
import { uploadRoutes } from './upload-routes.ts'
import type { PersonRecords } from './dyads.ts'
import { couples, dangerNow, timeline } from './person-views.ts'
import { incidentPage } from './views.ts'

function routes(app: FastifyInstance, parts: RouteParts): void {
  const { pool } = parts
  app.get('/incidents/:id', { config: { access: 'incidents.read' } }, async (request, reply) => {
    const { id } = request.params as { id: string }
    if (!isId(id)) return pageReply(request, reply, null)
    const page = await withScope(pool, scopeOf(request, 'open a record'), async (tx) => {
      const incident = await store.openIncident(tx, id)
      return incident && incidentPage(incident, await store.partiesOf(tx, [id]), await store.offencesOf(tx, [id]))
    })
    return pageReply(request, reply, page)
  })
  importRoutes(app, parts)
  uploadRoutes(app, parts)
}

/** All panels of one page show the same records. */
const recordsOf = onceInTx(async (tx, personId): Promise<PersonRecords> => {
  const [incidents, parties, offences] = await Promise.all([
    store.incidentsOf(tx, personId),
    store.partiesAround(tx, personId),
    store.offencesAround(tx, personId),
  ])
  const shown = new Set(incidents.map(({ id }) => id))
  const isShown = ({ incidentId }: { readonly incidentId: string }): boolean => shown.has(incidentId)
  return {
    personId,
    incidents,
    // nobody may be missing on a record that is shown
    parties: parties?.filter(isShown) ?? (await store.partiesOf(tx, [...shown])),
    offences: offences.filter(isShown),
  }
})

/** What pages about people say of records opened in this transaction: the reference, when it was reported, and where it is. */
export async function recordFacts(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, store.RecordFact>> {
  const lines = (await Promise.all(recordsOf.asked(tx))).flatMap(({ incidents }) => incidents)
  const missing = ids.filter((id) => !lines.some((line) => line.id === id))
  const more = missing.length === 0 ? [] : await store.incidentFacts(tx, missing)
  return new Map(
    [...lines, ...more].map(({ id, ref, reportedAt }) => [id, { ref, reportedAt, href: `/incidents/${id}` }]),
  )
}

const panel = (order: number, view: (records: PersonRecords, now: Temporal.Instant) => Html | null): PersonPanel => ({
  order,
  render: async (tx, { personId, now }) => view(await recordsOf(tx, personId), now),
})

/** @param arrivals who is told of records that come few at a time, in the transaction that writes them */
export const incidentsModule = (arrivals?: ArrivalsOf): Module => ({
  name: 'incidents',
  navigation: [{ href: '/imports', text: 'Imports', action: 'incidents.import' }],
  routes,
  today: [
    { action: 'incidents.read', card: highRiskCard },
    { action: 'incidents.import', card: importsCard },
  ],
  personPanels: [panel(10, dangerNow), panel(20, couples), panel(40, timeline)],
  jobs: {
    'incidents.dry-run': dryRunJob,
    'incidents.import': importJob(arrivals),
    'incidents.correct': correctJob(arrivals),
  },
  api: incidentsApi,
})
