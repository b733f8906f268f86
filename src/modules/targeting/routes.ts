import type { FastifyInstance, FastifyRequest } from 'fastify'
import { may } from '#platform/access'
import { londonDay, type Temporal } from '#platform/clock'
import { withScope, type Tx } from '#platform/db'
import { pageReply, scopeOf, type RouteParts, isId } from '#platform/http'
import { notFoundPage, type Page, type Problem } from '#platform/views'
import { blankChoice, formModel, OVERTAKEN, readChoice, typedChoice, type FormModel } from './choice-form.ts'
import { rankedPage } from './list-view.ts'
import { pointsOfRecords } from './record-points.ts'
import { sinceFor } from './rules.ts'
import {
  areas,
  choicesOf,
  openSubject,
  PAGE_ROWS,
  rankedList,
  recordChoice,
  recordsOf,
  scoreOf,
  type Filter,
} from './store.ts'
import { subjectPage } from './subject-view.ts'

const PURPOSE = 'choosing people to target'

/** The filters and page that an address asks for; what cannot be read filters nothing. */
export function readQuery(query: unknown): { filter: Filter; page: number } {
  const given = new Map(Object.entries(query !== null && typeof query === 'object' ? query : {}))
  const text = (name: string): string => {
    const value: unknown = given.get(name)
    return typeof value === 'string' ? value : ''
  }
  const only: unknown[] = [given.get('only')].flat()
  const bcu = text('bcu')
  const borough = text('borough')
  const page = Number(text('page'))
  return {
    filter: {
      bcu: /^\d{1,4}$/.test(bcu) ? Number(bcu) : null,
      borough: /^[A-Za-z0-9]{1,12}$/.test(borough) ? borough : null,
      serial: only.includes('serial'),
      escalating: only.includes('escalating'),
      unarrested: only.includes('unarrested'),
      lifted: only.includes('lifted'),
    },
    page: Number.isInteger(page) && page >= 1 && page <= 100_000 ? page : 1,
  }
}

/** The pages of this subject: the ranked list, one person's score, and the choice. */
export function targetingRoutes(app: FastifyInstance, { pool, clock }: RouteParts): void {
  app.get('/targets', { config: { access: 'targeting.read' } }, async (request, reply) => {
    const { filter, page } = readQuery(request.query)
    const today = londonDay(clock.now())
    const built = await withScope(pool, scopeOf(request, PURPOSE), async (tx) => {
      const { rows, found } = await rankedList(tx, filter, (page - 1) * PAGE_ROWS)
      return rankedPage({ rows, found, filter, page, ...(await areas(tx)), today })
    })
    return pageReply(request, reply, built)
  })

  app.get<{ Params: { id: string } }>(
    '/targets/:id',
    { config: { access: 'targeting.read' } },
    async (request, reply) => {
      const { id } = request.params
      if (!isId(id)) return pageReply(request, reply, null)
      const saved = new URLSearchParams(request.url.split('?')[1]).get('saved') !== null
      const { session } = request
      const formFor = (seen: string): FormModel | null =>
        session && may(session.roles, 'targeting.choose') ? formModel(id, session.csrf, blankChoice(seen), []) : null
      const built = await withScope(pool, scopeOf(request, PURPOSE), (tx) => buildSubject(tx, id, clock.now(), formFor))
      return pageReply(request, reply, built, saved ? 'Your decision is saved.' : undefined)
    },
  )

  app.post<{ Params: { id: string } }>(
    '/targets/:id',
    { config: { access: 'targeting.choose' } },
    async (request, reply) => {
      const { id } = request.params
      if (!isId(id)) return pageReply(request, reply, null)
      const now = clock.now()
      const typed = typedChoice(request.body)
      const choice = readChoice(typed, londonDay(now))
      const page = await withScope(
        pool,
        scopeOf(request, PURPOSE, typed.reason),
        async (tx): Promise<Page | 'saved'> => {
          const again = async (problems: readonly Problem[]): Promise<Page> =>
            (await buildSubject(tx, id, now, (seen) =>
              formModel(id, request.session?.csrf ?? '', { ...typed, seen }, problems),
            )) ?? notFoundPage()
          if (!choice.ok) return again(choice.problems)
          if (!(await openTarget(tx, id))) return notFoundPage()
          const choices = await choicesOf(tx, id)
          if (choices.some(({ operation_id }) => operation_id === typed.operationId)) return 'saved'
          if ((choices[0]?.id ?? '') !== typed.seen) return again([OVERTAKEN])
          await recordChoice(tx, { ...choice, personId: id, by: chooser(request) }, await scoreOf(tx, id, now))
          return 'saved'
        },
      )
      if (page === 'saved') return reply.redirect(`/targets/${id}?saved`, 303)
      return pageReply(request, reply, page.inError ? page : null)
    },
  )
}

function chooser(request: FastifyRequest): string {
  return request.session?.name ?? ''
}

/** Opens somebody who was ever reported as a suspect; nobody else can be a target, least of all a victim. */
async function openTarget(tx: Tx, id: string): ReturnType<typeof openSubject> {
  const subject = await openSubject(tx, id)
  return subject?.roles.includes('suspect') ? subject : null
}

/** @param formFor the form that decides about them, by the id of the latest choice, which may be none */
async function buildSubject(
  tx: Tx,
  id: string,
  now: Temporal.Instant,
  formFor: (seen: string) => FormModel | null,
): Promise<Page | null> {
  const subject = await openTarget(tx, id)
  if (!subject) return null
  const score = await scoreOf(tx, id, now)
  const at = score?.scored_at ?? now
  const records = await recordsOf(tx, id, sinceFor(at).months36, at)
  const choices = await choicesOf(tx, id)
  return subjectPage({
    subject,
    score,
    records,
    shown: pointsOfRecords(records, at),
    choices,
    form: formFor(choices[0]?.id ?? ''),
    today: londonDay(now),
  })
}
