import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { may } from '#platform/access'
import { londonDay } from '#platform/clock'
import { withScope } from '#platform/db'
import { field, pageReply, scopeOf, type Module, type RouteParts, isId } from '#platform/http'
import type { Problem } from '#platform/views'
import { dateNames, dayTyped, readDay, typedOf, type FormState } from './form.ts'
import { administer, formOf, peopleRoutes, saidOf } from './people-routes.ts'
import { postings } from './people-store.ts'
import { firstDayProblem } from './rules.ts'
import * as store from './store.ts'
import { administratorsCard } from './today.ts'
import { agenciesPage, agencyPage, forcePage, portfoliosPage } from './views.ts'
import { AGENCY_KINDS, UNIT_KINDS } from './words.ts'

const read = { config: { access: 'organisation.read' } } as const

function routes(app: FastifyInstance, parts: RouteParts): void {
  const { pool, clock } = parts
  const today = () => londonDay(clock.now())
  const administers = (request: FastifyRequest): boolean => may(request.session?.roles ?? [], 'organisation.administer')
  const param = (request: FastifyRequest): string => (request.params as { id: string }).id

  async function showForce(request: FastifyRequest, reply: FastifyReply, form: FormState) {
    const model = await withScope(pool, scopeOf(request, 'see the organisation'), async (tx) => ({
      force: await store.forceName(tx),
      bcus: await store.bcus(tx),
      boroughs: await store.boroughs(tx),
      boundaries: await store.boundaries(tx),
      staff: await store.staffOfBcus(tx),
      units: await store.units(tx),
    }))
    return pageReply(request, reply, forcePage({ ...model, administers: administers(request), form }), saidOf(request))
  }
  app.get('/organisation', read, (request, reply) => showForce(request, reply, formOf(request)))

  app.post('/organisation/units', administer, async (request, reply) => {
    const typed = typedOf(request.body, ['name', 'kind', 'bcu'])
    const [name, kind, bcu] = [typed['name'] ?? '', typed['kind'] ?? '', typed['bcu'] ?? '']
    const problems: Problem[] = []
    if (name.length < 3 || name.length > 120)
      problems.push({ field: 'name', message: 'Enter the name of the unit, in 3 to 120 letters' })
    if (!Object.hasOwn(UNIT_KINDS, kind)) problems.push({ field: 'kind', message: 'Choose what kind of unit it is' })
    if (bcu !== 'all' && !/^[1-9]\d?$/.test(bcu))
      problems.push({ field: 'bcu', message: 'Choose a command, or the whole force' })
    if (problems.length === 0) {
      const bcuId = bcu === 'all' ? null : Number(bcu)
      const done = await withScope(pool, scopeOf(request, 'add a unit'), async (tx) => {
        if (bcuId !== null && !(await store.bcus(tx)).some(({ id }) => id === bcuId)) return 'no command'
        return (await store.addUnit(tx, { name, kind, bcuId })) ? 'added' : 'taken'
      })
      if (done === 'added') return reply.redirect('/organisation?said=saved', 303)
      problems.push(
        done === 'taken'
          ? { field: 'name', message: 'There is a unit of this name already' }
          : { field: 'bcu', message: 'Choose a command, or the whole force' },
      )
    }
    return showForce(request, reply, formOf(request, typed, problems))
  })

  async function showAgencies(request: FastifyRequest, reply: FastifyReply, form: FormState) {
    const agencies = await withScope(pool, scopeOf(request, 'administer agencies'), store.agencies)
    return pageReply(request, reply, agenciesPage({ agencies, form }), saidOf(request))
  }
  app.get('/organisation/agencies', administer, (request, reply) => showAgencies(request, reply, formOf(request)))

  app.post('/organisation/agencies', administer, async (request, reply) => {
    const typed = typedOf(request.body, ['name', 'kind'])
    const [name, kind] = [typed['name'] ?? '', typed['kind'] ?? '']
    const problems: Problem[] = []
    if (name.length < 3 || name.length > 120)
      problems.push({ field: 'name', message: 'Enter the name of the agency, in 3 to 120 letters' })
    if (!Object.hasOwn(AGENCY_KINDS, kind))
      problems.push({ field: 'kind', message: 'Choose what kind of agency it is' })
    if (problems.length === 0) {
      const id = await withScope(pool, scopeOf(request, 'add an agency'), (tx) => store.addAgency(tx, name, kind))
      if (id !== null) return reply.redirect(`/organisation/agencies/${id}?said=saved`, 303)
      problems.push({ field: 'name', message: 'There is an agency of this name already' })
    }
    return showAgencies(request, reply, formOf(request, typed, problems))
  })

  app.get('/organisation/agencies/:id', administer, async (request, reply) => {
    const id = param(request)
    if (!isId(id)) return pageReply(request, reply, null)
    const page = await withScope(pool, scopeOf(request, 'administer agencies'), async (tx) => {
      const agency = (await store.agencies(tx)).find((one) => one.id === id)
      if (!agency) return null
      const running = await postings(tx, { list: 'now', place: id, page: 1 })
      const coming = await postings(tx, { list: 'coming', place: id, page: 1 })
      const csrf = request.session?.csrf ?? ''
      return agencyPage({ agency, postings: [...running.rows, ...coming.rows], today: today(), csrf })
    })
    return pageReply(request, reply, page, saidOf(request))
  })

  app.post('/organisation/agencies/:id/suspend', administer, async (request, reply) => {
    const id = param(request)
    if (!isId(id)) return pageReply(request, reply, null)
    const suspended = field(request.body, 'to') === 'suspended'
    const purpose = suspended ? 'suspend an agency' : 'let an agency back in'
    const there = await withScope(pool, scopeOf(request, purpose), async (tx) => {
      await store.suspendAgency(tx, id, suspended)
      return (await store.agencies(tx)).some((one) => one.id === id)
    })
    return there ? reply.redirect(`/organisation/agencies/${id}?said=saved`, 303) : pageReply(request, reply, null)
  })

  async function showPortfolios(request: FastifyRequest, reply: FastifyReply, form: FormState) {
    const model = await withScope(pool, scopeOf(request, 'see the portfolios'), async (tx) => ({
      portfolios: await store.portfolios(tx),
      leads: await store.leads(tx),
    }))
    const page = portfoliosPage({ ...model, today: today(), administers: administers(request), form })
    return pageReply(request, reply, page, saidOf(request))
  }
  app.get('/organisation/portfolios', read, (request, reply) =>
    showPortfolios(request, reply, formOf(request, dayTyped('from', today()))),
  )

  app.post('/organisation/portfolios', administer, async (request, reply) => {
    const typed = typedOf(request.body, ['account', 'theme', ...dateNames('from')])
    const [account, theme] = [typed['account'] ?? '', typed['theme'] ?? '']
    const from = readDay(typed, 'from', 'the first day')
    const problems: Problem[] = []
    if (!isId(account)) problems.push({ field: 'account', message: 'Choose a Lead Responsible Officer' })
    if (theme.length < 3 || theme.length > 80)
      problems.push({ field: 'theme', message: 'Enter the theme, in 3 to 80 letters' })
    if (!from.ok) problems.push({ field: 'from-day', message: from.problem.message })
    const early = from.ok ? firstDayProblem(from.value, today()) : null
    if (early) problems.push(early)
    if (problems.length > 0 || !from.ok) return showPortfolios(request, reply, formOf(request, typed, problems))
    const given = await withScope(pool, scopeOf(request, 'give a portfolio'), async (tx) => {
      if (!(await store.leads(tx)).some(({ id }) => id === account)) return false
      await store.addPortfolio(tx, account, theme, from.value)
      return true
    })
    if (given) return reply.redirect('/organisation/portfolios?said=saved', 303)
    problems.push({ field: 'account', message: 'Choose somebody posted as a Lead Responsible Officer' })
    return showPortfolios(request, reply, formOf(request, typed, problems))
  })

  app.post('/organisation/portfolios/:id/end', administer, async (request, reply) => {
    const id = param(request)
    if (!isId(id)) return pageReply(request, reply, null)
    const there = await withScope(pool, scopeOf(request, 'end a portfolio'), async (tx) => {
      await store.endPortfolio(tx, id, today())
      return (await store.portfolios(tx)).some((one) => one.id === id)
    })
    return there ? reply.redirect('/organisation/portfolios?said=saved', 303) : pageReply(request, reply, null)
  })

  peopleRoutes(app, parts)
}

/** The force and its people: structure for everybody in it, administration for administrators. */
export const organisationModule: Module = {
  name: 'organisation',
  navigation: [{ href: '/organisation', text: 'Organisation', action: 'organisation.read' }],
  routes,
  today: [{ action: 'organisation.administer', card: (tx, now) => administratorsCard(tx, now) }],
}
