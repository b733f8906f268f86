import { put, type Subscriber } from '#platform/events'
import type { Job } from '#platform/http'
import { LINKED, PERSONS_CHANGED } from '#modules/linkage'
import { SEAL_CHANGED } from '#modules/people'
import { deriveInvolvement } from './involvement.ts'
import { scoreForce } from './score.ts'
import { loadHarmWeights } from './weights.ts'

/** Scores the force: after each linkage, and once a day, since records grow older and a score does not last. */
export const SCORE = 'targeting.score'

const score: Job = async (_, { pool, clock }) => {
  await loadHarmWeights(pool)
  await deriveInvolvement(pool)
  await scoreForce(pool, { now: clock.now() })
}

export const SCORE_JOBS: Readonly<Record<string, Job>> = { [SCORE]: score }

export const SCORE_SUBSCRIBERS: readonly Subscriber[] = [
  {
    topic: LINKED,
    name: 'score',
    handle: async ({ id }, { pool }) => {
      await put(pool, { kind: 'job', name: SCORE, key: id, data: {} })
    },
  },
  {
    // scores of others were made with records that are closed now, or open again
    topic: SEAL_CHANGED,
    name: 'score-seal',
    handle: async ({ id }, { pool }) => {
      await put(pool, { kind: 'job', name: SCORE, key: id, data: {} })
    },
  },
]

/** Works out anew who did what to whom where somebody has joined or parted people. Scores follow when the force is next scored. */
export const followPersons: Subscriber = {
  topic: PERSONS_CHANGED,
  name: 'involvement',
  handle: async ({ data }, { pool }) => {
    await deriveInvolvement(pool, { persons: (data['persons'] ?? '').split(',').filter((id) => id !== '') })
  },
}
