import type { Module } from '#platform/http'
import { targetingApi } from './api.ts'
import { targetingRoutes } from './routes.ts'
import { followPersons, SCORE, SCORE_JOBS, SCORE_SUBSCRIBERS } from './score-job.ts'
import { highestCard, reviewsCard, scorePanel, undecidedCard } from './today.ts'

export { deriveInvolvement } from './involvement.ts'
export { scoreForce } from './score.ts'
export { HARM_VERSION, loadHarmWeights } from './weights.ts'
export { SCORE_LASTS_DAYS, SCORE_VERSION } from './rules.ts'
export type { WorkerConnection } from './worker.ts'

/** Ranking people by harm and choosing, by name and with a reason, whom to target. */
export const targetingModule: Module = {
  name: 'targeting',
  navigation: [{ href: '/targets', text: 'Targets', action: 'targeting.read' }],
  routes: targetingRoutes,
  api: targetingApi,
  today: [
    { action: 'targeting.choose', card: (tx, now) => reviewsCard(tx, now) },
    { action: 'targeting.choose', card: (tx) => undecidedCard(tx) },
    { action: 'targeting.read', card: (tx, now) => highestCard(tx, now) },
  ],
  jobs: SCORE_JOBS,
  subscribers: [...SCORE_SUBSCRIBERS, followPersons],
  daily: [SCORE],
  personPanels: [
    { order: 30, action: 'targeting.read', render: (tx, { personId, now }) => scorePanel(tx, personId, now) },
  ],
}
