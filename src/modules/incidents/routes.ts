import type { FastifyInstance } from 'fastify'
import { withScope, type Tx } from '#platform/db'
import { pageReply, scopeOf, type Module, type PersonPanel, type RouteParts } from '#platform/http'
import { incidentsApi } from './api.ts'
import { correctJob } from './corrections.ts'
import { importRoutes } from './import-routes.ts'
import * as store from './store.ts'
import { dryRunJob, importJob } from './upload-jobs.ts'
import { uploadRoutes } from './upload-routes.ts'
import { couples, incidentPage, timeline } from './views.ts'

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

function routes(app: FastifyInstance, parts: RouteParts): void {
  const { pool } = parts
  app.get('/incidents/:id', { config: { access: 'incidents.read' } }, async (request, reply) => {
    const { id } = request.params as { id: string }
    if (!ID.test(id)) return pageReply(request, reply, null)
    const page = await withScope(pool, scopeOf(request, 'open a record'), async (tx) => {
      const incident = await store.openIncident(tx, id)
      return incident && incidentPage(incident, await store.partiesOf(tx, [id]), await store.offencesOf(tx, [id]))
    })
    return pageReply(request, reply, page)
  })
  importRoutes(app, parts)
  uploadRoutes(app, parts)
}

async function recordsOf(tx: Tx, personId: string) {
  const incidents = await store.incidentsOf(tx, personId)
  const ids = incidents.map((incident) => incident.id)
  return { incidents, ids, parties: await store.partiesOf(tx, ids) }
}

const couplesPanel: PersonPanel = {
  order: 20,
  async render(tx, personId) {
    const { parties } = await recordsOf(tx, personId)
    return couples(personId, parties)
  },
}
const timelinePanel: PersonPanel = {
  order: 30,
  async render(tx, personId) {
    const { incidents, ids, parties } = await recordsOf(tx, personId)
    return timeline(personId, incidents, parties, await store.offencesOf(tx, ids))
  },
}

export const incidentsModule: Module = {
  name: 'incidents',
  navigation: [{ href: '/imports', text: 'Imports', action: 'incidents.import' }],
  routes,
  personPanels: [couplesPanel, timelinePanel],
  jobs: { 'incidents.dry-run': dryRunJob, 'incidents.import': importJob, 'incidents.correct': correctJob },
  api: incidentsApi,
}
