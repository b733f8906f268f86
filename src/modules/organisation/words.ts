import { ROLES, type Role } from '#platform/access'

/** What a role is called. */
export const roleWords = (role: string): string => (Object.hasOwn(ROLES, role) ? ROLES[role as Role] : role)

/** The kinds of partner agency, with what people call them. */
export const AGENCY_KINDS = {
  idva_service: 'IDVA service',
  council: 'Council',
  health: 'Health',
  probation: 'Probation',
  housing: 'Housing',
  refuge: 'Refuge',
  other: 'Other',
} as const

/** The kinds of unit that people are posted to, with what people call them. */
export const UNIT_KINDS = {
  safeguarding: 'Safeguarding unit',
  da_car: 'Domestic abuse cars',
  stalking: 'Stalking team',
  professional_standards: 'Professional standards',
  headquarters: 'Headquarters team',
} as const

export const kindWords = (kinds: Readonly<Record<string, string>>, kind: string): string => kinds[kind] ?? kind
