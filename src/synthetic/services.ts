import { isoDay } from './calendar.ts'
import { WATERMARK } from './csv.ts'
import { drawHome, phoneNumber } from './homes.ts'
import { lastDay } from './lists.ts'
import { type Random, pickOne, sample } from './random.ts'
import type { Borough, Reference } from './reference.ts'

interface Kind {
  readonly name: string
  readonly description: string
  readonly taxonomy: string
  /** A refuge: where it is is told to nobody. */
  readonly isConfidential?: boolean
  readonly minimumAge: number
  readonly byday: string
}

// Every borough has each of these (assumption).
const kinds: readonly Kind[] = [
  {
    name: 'Advocacy',
    description: 'Independent advocates for people at high risk of domestic abuse. Free and confidential.',
    taxonomy: 'independent domestic violence advocacy',
    minimumAge: 16,
    byday: 'MO,TU,WE,TH,FR',
  },
  {
    name: 'Refuge',
    description: 'A safe place to stay for women and their children. Referral by telephone.',
    taxonomy: 'refuge',
    isConfidential: true,
    minimumAge: 16,
    byday: 'MO,TU,WE,TH,FR,SA,SU',
  },
  {
    name: 'Change',
    description: 'A programme for people who want to stop being abusive, with support for whoever they hurt.',
    taxonomy: 'perpetrator programme',
    minimumAge: 18,
    byday: 'TU,TH',
  },
  {
    name: 'Children’s Group',
    description: 'Group work and one-to-one help for children who have lived with abuse.',
    taxonomy: 'children and young people',
    minimumAge: 5,
    byday: 'WE,SA',
  },
]

const houses = ['Alder', 'Bracken', 'Copper', 'Drift', 'Ember', 'Fallow', 'Gorse', 'Harbour', 'Ivy', 'Juniper', 'Kestrel', 'Linden'] as const // prettier-ignore

/** The invented services of London in the form of Open Referral UK (HSDS-UK 3.0), one page that holds them all. */
export function servicesFeed(random: Random, reference: Reference): object {
  const contents = reference.boroughs.flatMap((borough) =>
    kinds.map((kind) => serviceOf(random, reference, borough, kind)),
  )
  return {
    watermark: WATERMARK,
    total_items: contents.length,
    total_pages: 1,
    page_number: 1,
    size: contents.length,
    first_page: true,
    last_page: true,
    empty: false,
    contents,
  }
}

function serviceOf(random: Random, reference: Reference, borough: Borough, kind: Kind): object {
  const id = (): string => uuidFrom(random)
  const organisation = `${pickOne(random, houses)} ${pickOne(random, ['House', 'Court', 'Trust', 'Collective'] as const)}`
  const host = `${organisation.toLowerCase().replaceAll(' ', '-')}.example.org`
  const home = drawHome(random, reference, borough)
  const assured = isoDay(lastDay - random.between(5, 420))
  const phone = phoneNumber(random.below(1000), 0)
  const location = kind.isConfidential
    ? { id: id(), location_type: 'virtual', name: `${organisation}, address confidential` }
    : {
        id: id(),
        location_type: 'physical',
        name: organisation,
        latitude: Number(home.lat),
        longitude: Number(home.lon),
        addresses: [
          {
            id: id(),
            address_1: home.address.split(', ').slice(0, -1).join(', '),
            city: 'London',
            state_province: borough.name,
            postal_code: home.postcode,
            country: 'GB',
            address_type: 'physical',
          },
        ],
        accessibility: [
          { id: id(), description: pickOne(random, ['Step-free entrance', 'Induction loop', 'Stairs only'] as const) },
        ],
      }
  return {
    id: id(),
    name: `${organisation} ${kind.name}, ${borough.name} (${WATERMARK})`,
    description: kind.description,
    url: `https://${host}/`,
    email: 'contact@example.org',
    // One in thirty has closed (assumption).
    status: random.chance(1 / 30) ? 'inactive' : 'active',
    minimum_age: kind.minimumAge,
    assured_date: assured,
    assurer_email: 'assurer@example.net',
    last_modified: `${assured}T09:00:00Z`,
    organization: {
      id: id(),
      name: `${organisation} (${WATERMARK})`,
      description: 'An invented organisation.',
      email: 'contact@example.org',
      website: `https://${host}/`,
    },
    contacts: [{ id: id(), name: 'Duty worker', phones: [{ id: id(), number: phone }] }],
    phones: [{ id: id(), number: phone }],
    schedules: [
      { id: id(), freq: 'WEEKLY', interval: 1, byday: kind.byday, opens_at: '09:30:00', closes_at: '17:00:00' },
    ],
    service_areas: [
      { id: id(), name: borough.name, extent: borough.code, extent_type: 'ons', uri: 'https://example.org/' },
    ],
    service_at_locations: [{ id: id(), location }],
    languages: ['English', ...sample(random, spoken, random.between(1, 3))].map((name) => ({ id: id(), name })),
    cost_options: [{ id: id(), option: 'free', amount: 0 }],
    attributes: [
      {
        id: id(),
        link_type: 'taxonomy_term',
        taxonomy_term: { id: id(), name: kind.taxonomy, description: kind.taxonomy, taxonomy: 'invented' },
      },
      ...(kind.isConfidential
        ? [
            {
              id: id(),
              link_type: 'taxonomy_term',
              taxonomy_term: {
                id: id(),
                name: 'confidential_address',
                description: 'Where it is must not be told.',
                taxonomy: 'invented',
              },
            },
          ]
        : []),
    ],
  }
}

const spoken = ['Bengali', 'Polish', 'Romanian', 'Arabic', 'Turkish', 'Portuguese', 'Urdu', 'Somali', 'Tamil', 'Spanish'] as const // prettier-ignore

// The form of a version 4 identifier (RFC 9562), from our own stream so that it is the same each time.
function uuidFrom(random: Random): string {
  const hex = (length: number): string =>
    Array.from({ length }, () => '0123456789abcdef'.charAt(random.below(16))).join('')
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'.charAt(random.below(4))}${hex(3)}-${hex(12)}`
}
