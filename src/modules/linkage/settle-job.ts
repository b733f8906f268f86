import { serviceScope } from '#modules/incidents'
import type { Job } from '#platform/http'
import { settle } from './settle.ts'

/** Works out what follows from a judgement for others; its id is in the data. */
export const settleJob: Job = async ({ judgement = '' }, { pool }) => {
  await settle(pool, await serviceScope(pool, 'settle a judgement', `job ${judgement}`), judgement)
}
