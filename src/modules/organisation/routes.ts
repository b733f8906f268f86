import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isRole, may } from '#platform/access'
import { londonDay, parseDayMonthYear } from '#platform/clock'
import { withScope } from '#platform/db'
import { field, pageReply, scopeOf, type Module, type RouteParts } from '#platform/http'
import type { Problem } from '#platform/views'
import * as store from './store.ts'
import { agenciesPage, forcePage, postingsPage, type Typed } from './views.ts'

const PARTNER_ROLES = new Set(['idva', 'partner'])
const AGENCY_KINDS = ['idva_service', 'council', 'health', 'probation', 'housing', 'refuge', 'other']
const read = { config: { access: 'organisation.read' } } as const
const administer = { config: { access: 'organisation.administer' } } as const
const ID = /^[0-9a-f-]{36}$/

function routes(app: FastifyInstance, { pool, clock }: RouteParts): void {
  const csrfOf = (request: FastifyRequest) => request.session?.csrf ?? ''

  app.get('/organisation', read, async (request, reply) => {
    const model = await withScope(pool, scopeOf(request, 'see the organisation'), async (tx) => ({
      bcus: await store.bcus(tx),
      boroughs: await store.boroughs(tx),
      units: await store.units(tx),
    }))
    return pageReply(
      request,
      reply,
      forcePage({ ...model, administers: may(request.session?.roles ?? [], 'organisation.administer') }),
    )
  })

  async function showPostings(request: FastifyRequest, reply: FastifyReply, problems: Problem[], typed: Typed) {
    const model = await withScope(pool, scopeOf(request, 'administer postings'), async (tx) => ({
      postings: await store.postings(tx),
      accounts: await store.accounts(tx),
      units: await store.units(tx),
      agencies: await store.agencies(tx),
    }))
    const said = (request.query as { said?: string }).said
    return pageReply(
      request,
      reply,
      postingsPage({ ...model, today: londonDay(clock.now()), csrf: csrfOf(request), problems, typed }),
      said === 'saved' ? 'Saved.' : undefined,
    )
  }
  app.get('/organisation/postings', administer, (request, reply) => showPostings(request, reply, [], {}))

  app.post('/organisation/people', administer, async (request, reply) => {
    const typed = {
      name: field(request.body, 'name'),
      issuer: field(request.body, 'issuer'),
      subject: field(request.body, 'subject'),
    }
    const problems: Problem[] = []
    if (typed.name.length < 2) problems.push({ field: 'name', message: 'Enter the name of the person' })
    if (!/^https:\/\/\S+$/.test(typed.issuer))
      problems.push({ field: 'issuer', message: 'Enter the address of the sign-in service, starting with https://' })
    if (typed.subject === '')
      problems.push({ field: 'subject', message: 'Enter the identifier that the sign-in service gives this person' })
    if (problems.length === 0) {
      const made = await withScope(pool, scopeOf(request, 'administer people'), (tx) => store.addPerson(tx, typed))
      if (made !== null) return reply.redirect('/organisation/postings?said=saved', 303)
      problems.push({ field: 'subject', message: 'Somebody with this identifier is here already' })
    }
    return showPostings(request, reply, problems, typed)
  })

  app.post('/organisation/postings', administer, async (request, reply) => {
    const typed: Typed = Object.fromEntries(
      ['account', 'role', 'place', 'from-day', 'from-month', 'from-year'].map((name) => [
        name,
        field(request.body, name),
      ]),
    )
    const problems: Problem[] = []
    const [account, role, place] = [typed['account'] ?? '', typed['role'] ?? '', typed['place'] ?? '']
    if (!ID.test(account)) problems.push({ field: 'account', message: 'Choose who is posted' })
    if (!isRole(role)) problems.push({ field: 'role', message: 'Choose a role' })
    const [kind, placeId] = place.split(':')
    const wantsAgency = PARTNER_ROLES.has(role)
    if (!ID.test(placeId ?? '') || (kind === 'agency') !== wantsAgency) {
      problems.push({
        field: 'place',
        message: wantsAgency ? 'Choose an agency for this role' : 'Choose a unit for this role',
      })
    }
    const from = parseDayMonthYear(
      typed['from-day'] ?? '',
      typed['from-month'] ?? '',
      typed['from-year'] ?? '',
      'First day',
    )
    if (!from.ok) problems.push({ field: 'from-day', message: from.problem.message })
    if (problems.length > 0 || !from.ok) return showPostings(request, reply, problems, typed)
    await withScope(pool, scopeOf(request, 'administer postings'), (tx) =>
      store.addPosting(tx, {
        accountId: account,
        role,
        unitId: wantsAgency ? null : (placeId ?? null),
        agencyId: wantsAgency ? (placeId ?? null) : null,
        from: from.value,
      }),
    )
    return reply.redirect('/organisation/postings?said=saved', 303)
  })

  app.post('/organisation/postings/:id/end', administer, async (request, reply) => {
    const { id } = request.params as { id: string }
    if (!ID.test(id)) return pageReply(request, reply, null)
    const ended = await withScope(pool, scopeOf(request, 'administer postings'), (tx) =>
      store.endPosting(tx, id, londonDay(clock.now())),
    )
    return ended ? reply.redirect('/organisation/postings?said=saved', 303) : pageReply(request, reply, null)
  })

  async function showAgencies(request: FastifyRequest, reply: FastifyReply, problems: Problem[], typed: Typed) {
    const agencies = await withScope(pool, scopeOf(request, 'administer agencies'), store.agencies)
    return pageReply(
      request,
      reply,
      agenciesPage({ agencies, kinds: AGENCY_KINDS, csrf: csrfOf(request), problems, typed }),
    )
  }
  app.get('/organisation/agencies', administer, (request, reply) => showAgencies(request, reply, [], {}))
  app.post('/organisation/agencies', administer, async (request, reply) => {
    const typed = { name: field(request.body, 'name'), kind: field(request.body, 'kind') }
    const problems: Problem[] = []
    if (typed.name.length < 3) problems.push({ field: 'name', message: 'Enter the name of the agency' })
    if (!AGENCY_KINDS.includes(typed.kind))
      problems.push({ field: 'kind', message: 'Choose what kind of agency it is' })
    if (problems.length === 0) {
      if (
        await withScope(pool, scopeOf(request, 'administer agencies'), (tx) =>
          store.addAgency(tx, typed.name, typed.kind),
        )
      ) {
        return reply.redirect('/organisation/agencies', 303)
      }
      problems.push({ field: 'name', message: 'There is an agency of this name already' })
    }
    return showAgencies(request, reply, problems, typed)
  })
  app.post('/organisation/agencies/:id/suspend', administer, async (request, reply) => {
    const { id } = request.params as { id: string }
    if (!ID.test(id)) return pageReply(request, reply, null)
    await withScope(pool, scopeOf(request, 'administer agencies'), (tx) =>
      store.suspendAgency(tx, id, field(request.body, 'to') === 'suspended'),
    )
    return reply.redirect('/organisation/agencies', 303)
  })
}

export const organisationModule: Module = {
  name: 'organisation',
  navigation: [{ href: '/organisation', text: 'Organisation', action: 'organisation.read' }],
  routes,
}
