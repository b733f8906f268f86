import { z } from 'zod'
import { londonDay } from '#platform/clock'
import { apiRoute, type ApiRoute } from '#platform/http'
import { readSearch, type NameKeys } from './search.ts'
import { findPeople, openPerson } from './store.ts'

const PERSON = z.object({
  id: z.uuid(),
  name: z.string(),
  dob: z.iso.date().nullable(),
  sex: z.string().nullable(),
  roles: z.array(z.string()),
  incidents: z.int().nullable(),
})
const MENTION = z.object({
  id: z.uuid(),
  recordId: z.uuid(),
  source: z.string(),
  ref: z.string().nullable(),
  role: z.string(),
  forenames: z.string().nullable(),
  surname: z.string().nullable(),
  knownAs: z.string().nullable(),
  dob: z.iso.date().nullable(),
  address: z.string().nullable(),
  postcode: z.string().nullable(),
  phone: z.string().nullable(),
})

/** People for other programs: the search and one person's record. @param names as the pages read a search */
export function peopleApi(names: NameKeys): ApiRoute[] {
  const search = apiRoute({
    method: 'POST',
    path: '/people/search',
    action: 'people.search',
    summary: 'Find people by two facts or one reference: fifty at most, best first',
    purpose: 'find a person',
    input: z.strictObject({ q: z.string() }),
    answer: z.object({
      problem: z.string().optional(),
      found: z.array(
        z.discriminatedUnion('kind', [
          PERSON.extend({ kind: z.literal('person') }),
          z.object({ kind: z.literal('stub'), knownTo: z.string(), mark: z.string() }),
        ]),
      ),
    }),
    run: async (tx, { q }, now) => {
      const read = readSearch(q, names, londonDay(now))
      return read.ok ? { found: await findPeople(tx, read.keys) } : { problem: read.problem, found: [] }
    },
  })
  const person = apiRoute({
    method: 'GET',
    path: '/people/:id',
    action: 'people.read',
    summary: 'One person, and how each record wrote them',
    purpose: 'open a person',
    input: z.strictObject({ id: z.uuid() }),
    answer: z.object({ person: PERSON, mentions: z.array(MENTION) }),
    run: (tx, { id }) => openPerson(tx, id),
  })
  return [search, person]
}
