import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isRole } from '#platform/access'
import { embeddedIssuer } from '#platform/auth'
import { londonDay } from '#platform/clock'
import { withScope } from '#platform/db'
import { field, pageReply, scopeOf, type RouteParts, isId } from '#platform/http'
import type { Problem } from '#platform/views'
import { dateNames, dayTyped, readDay, typedOf, type FormState, type Typed } from './form.ts'
import * as store from './people-store.ts'
import { PEOPLE_FILTERS, peoplePage, personPage, postingPage, postingsPage } from './people-views.ts'
import { firstDayProblem, lastDayProblem, standingOf } from './rules.ts'
import { agencies, portfolios, units } from './store.ts'

const PARTNER_ROLES = new Set(['idva', 'partner'])
export const administer = { config: { access: 'organisation.administer' } } as const
/** An id of ours in an address. */
/** One text of the address after the question mark; empty when it is not there. */
const asked = (request: FastifyRequest, name: string): string => field(request.query, name)
const pageAsked = (request: FastifyRequest): number => {
  const page = Number(asked(request, 'page'))
  return Number.isInteger(page) && page >= 1 && page <= 10_000 ? page : 1
}
/** What a page says once after something was saved. */
export const saidOf = (request: FastifyRequest): string | undefined =>
  asked(request, 'said') === 'saved' ? 'Saved.' : undefined
export const formOf = (request: FastifyRequest, typed: Typed = {}, problems: readonly Problem[] = []): FormState => ({
  csrf: request.session?.csrf ?? '',
  typed,
  problems,
})

/** People and their postings, for administrators. */
export function peopleRoutes(app: FastifyInstance, { pool, clock }: RouteParts): void {
  const today = () => londonDay(clock.now())
  const isOwn = (request: FastifyRequest, id: string): boolean => request.session?.staffId === id
  const param = (request: FastifyRequest): string => (request.params as { id: string }).id

  async function showPeople(request: FastifyRequest, reply: FastifyReply, form: FormState) {
    const filter = Object.keys(PEOPLE_FILTERS).find((one) => one === asked(request, 'filter')) ?? 'all'
    const shown = {
      part: asked(request, 'part').slice(0, 80),
      filter: filter as store.PeopleFilter,
      page: pageAsked(request),
    }
    const model = await withScope(pool, scopeOf(request, 'administer people'), async (tx) => ({
      ...(await store.people(tx, shown)),
      demonstration: await store.isDemonstration(tx),
    }))
    return pageReply(request, reply, peoplePage({ ...model, ...shown, form }), saidOf(request))
  }
  app.get('/organisation/people', administer, (request, reply) => showPeople(request, reply, formOf(request)))

  app.post('/organisation/people', administer, async (request, reply) => {
    const typed = typedOf(request.body, ['name', 'issuer', 'subject']) as {
      name: string
      issuer: string
      subject: string
    }
    // the demonstration has a sign-in service of its own, and is shut by anybody of another
    const demonstration = await withScope(pool, scopeOf(request, 'add a person'), store.isDemonstration)
    if (demonstration) typed.issuer = embeddedIssuer
    const problems: Problem[] = []
    if (typed.name.length < 2) problems.push({ field: 'name', message: 'Enter the name of the person' })
    if (typed.name.length > 120) problems.push({ field: 'name', message: 'The name must be 120 letters or fewer' })
    if (!demonstration && (!/^https:\/\/\S+$/.test(typed.issuer) || !URL.canParse(typed.issuer)))
      problems.push({ field: 'issuer', message: 'Enter the address of the sign-in service, starting with https://' })
    if (typed.subject === '')
      problems.push({ field: 'subject', message: 'Enter the identifier that the sign-in service gives this person' })
    if (problems.length === 0) {
      const id = await withScope(pool, scopeOf(request, 'add a person'), (tx) => store.addPerson(tx, typed))
      if (id !== null) return reply.redirect(`/organisation/people/${id}?said=saved`, 303)
      problems.push({ field: 'subject', message: 'Somebody with this identifier is here already' })
    }
    return showPeople(request, reply, formOf(request, typed, problems))
  })

  async function showPerson(request: FastifyRequest, reply: FastifyReply, form: FormState) {
    const id = param(request)
    if (!isId(id)) return pageReply(request, reply, null)
    const page = await withScope(pool, scopeOf(request, 'administer people'), async (tx) => {
      const person = await store.account(tx, id)
      if (!person) return null
      return personPage({
        person,
        postings: await store.postingsOf(tx, id),
        portfolios: (await portfolios(tx)).filter(({ accountId }) => accountId === id),
        changes: await store.changesTo(tx, id),
        units: await units(tx),
        agencies: await agencies(tx),
        today: today(),
        own: isOwn(request, id),
        form,
      })
    })
    return pageReply(request, reply, page, saidOf(request))
  }
  app.get('/organisation/people/:id', administer, (request, reply) => showPerson(request, reply, formOf(request)))

  app.post('/organisation/people/:id/account', administer, async (request, reply) => {
    const id = param(request)
    const disabled = field(request.body, 'to') === 'disabled'
    if (!isId(id)) return pageReply(request, reply, null)
    const problem = {
      field: 'main-content',
      message: 'This is your own account. Another administrator has to change it',
    }
    if (isOwn(request, id)) return showPerson(request, reply, formOf(request, {}, [problem]))
    const there = await withScope(
      pool,
      scopeOf(request, disabled ? 'disable an account' : 'open an account again'),
      async (tx) => {
        await store.setDisabled(tx, id, disabled)
        return (await store.account(tx, id)) !== null
      },
    )
    return there ? reply.redirect(`/organisation/people/${id}?said=saved`, 303) : pageReply(request, reply, null)
  })

  app.post('/organisation/people/:id/postings', administer, async (request, reply) => {
    const id = param(request)
    if (!isId(id)) return pageReply(request, reply, null)
    const typed = typedOf(request.body, ['role', 'place', ...dateNames('from')])
    const role = typed['role'] ?? ''
    const [kind, placeId = ''] = (typed['place'] ?? '').split(':')
    const problems: Problem[] = []
    if (isOwn(request, id))
      problems.push({ field: 'role', message: 'You cannot post yourself: ask another administrator' })
    if (!isRole(role)) problems.push({ field: 'role', message: 'Choose a role' })
    const wantsAgency = PARTNER_ROLES.has(role)
    if (!isId(placeId) || (kind === 'agency') !== wantsAgency)
      problems.push({
        field: 'place',
        message: wantsAgency ? 'Choose an agency for this role' : 'Choose a unit for this role',
      })
    const from = readDay(typed, 'from', 'the first day')
    const early = from.ok ? firstDayProblem(from.value, today()) : null
    if (!from.ok) problems.push({ field: 'from-day', message: from.problem.message })
    if (early) problems.push(early)
    if (problems.length > 0 || !from.ok) return showPerson(request, reply, formOf(request, typed, problems))
    const posting = {
      accountId: id,
      role,
      unitId: wantsAgency ? null : placeId,
      agencyId: wantsAgency ? placeId : null,
      from: from.value,
    }
    const done = await withScope(pool, scopeOf(request, 'post somebody'), async (tx) => {
      const places = wantsAgency ? await agencies(tx) : await units(tx)
      if (!(await store.account(tx, id)) || !places.some((place) => place.id === placeId)) return 'none'
      if (await store.overlapping(tx, posting)) return 'overlaps'
      await store.addPosting(tx, posting)
      return 'posted'
    })
    if (done === 'none') return pageReply(request, reply, null)
    if (done === 'posted') return reply.redirect(`/organisation/people/${id}?said=saved`, 303)
    const overlap = { field: 'role', message: 'They have this role there already, in a posting that overlaps' }
    return showPerson(request, reply, formOf(request, typed, [overlap]))
  })

  app.get('/organisation/postings', administer, async (request, reply) => {
    const list = (['now', 'coming', 'ending'] as const).find((one) => one === asked(request, 'list')) ?? 'now'
    const place = isId(asked(request, 'place')) ? asked(request, 'place') : null
    const page = pageAsked(request)
    const model = await withScope(pool, scopeOf(request, 'administer postings'), async (tx) => ({
      ...(await store.postings(tx, { list, place, page })),
      place: place ? ([...(await units(tx)), ...(await agencies(tx))].find(({ id }) => id === place) ?? null) : null,
    }))
    return pageReply(request, reply, postingsPage({ ...model, list, page }))
  })

  async function showPosting(request: FastifyRequest, reply: FastifyReply, form: FormState) {
    const id = param(request)
    if (!isId(id)) return pageReply(request, reply, null)
    const posting = await withScope(pool, scopeOf(request, 'administer postings'), (tx) => store.posting(tx, id))
    const changes = posting !== null && !isOwn(request, posting.accountId) && isOpen(posting)
    return pageReply(request, reply, changes ? postingPage({ posting, today: today(), form }) : null)
  }
  const isOpen = (posting: store.Posting): boolean => ['now', 'coming'].includes(standingOf(posting, today()))
  app.get('/organisation/postings/:id', administer, (request, reply) =>
    showPosting(request, reply, formOf(request, dayTyped('last', today()))),
  )

  app.post('/organisation/postings/:id', administer, async (request, reply) => {
    const id = param(request)
    if (!isId(id)) return pageReply(request, reply, null)
    const off = field(request.body, 'to') === 'off'
    const typed = typedOf(request.body, dateNames('last'))
    const last = readDay(typed, 'last', 'the last day')
    const purpose = off ? 'call off a posting' : `end a posting on ${last.ok ? last.value.toString() : 'a day'}`
    const outcome = await withScope(pool, scopeOf(request, purpose), async (tx): Promise<Problem | string | null> => {
      const posting = await store.posting(tx, id)
      if (!posting || isOwn(request, posting.accountId)) return null
      // sent twice: it is done already
      if (!isOpen(posting)) return off && standingOf(posting, today()) === 'called off' ? posting.accountId : null
      if (off && standingOf(posting, today()) !== 'coming') return null
      if (!off && !last.ok) return { field: 'last-day', message: last.problem.message }
      const problem = last.ok && !off ? lastDayProblem(last.value, posting, today()) : null
      if (problem) return problem
      const validTo = last.ok && !off ? last.value.add({ days: 1 }) : posting.validFrom
      return (await store.endPosting(tx, id, validTo)) ? posting.accountId : null
    })
    if (outcome === null) return pageReply(request, reply, null)
    if (typeof outcome === 'string') return reply.redirect(`/organisation/people/${outcome}?said=saved`, 303)
    return showPosting(request, reply, formOf(request, typed, [outcome]))
  })
}
