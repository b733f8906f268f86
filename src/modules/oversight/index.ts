import type { Module } from '#platform/http'
import { oversightRoutes } from './routes.ts'
import { auditorsCard } from './today.ts'

export { csvLine, markedCsv } from './csv.ts'

/** Reading the audit log: by auditors, for what the law allows, each look itself logged. */
export const oversightModule: Module = {
  name: 'oversight',
  navigation: [{ href: '/log', text: 'Audit log', action: 'audit.read' }],
  routes: oversightRoutes,
  today: [{ action: 'audit.read', card: (tx, now) => auditorsCard(tx, now) }],
}
