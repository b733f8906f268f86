/** What people are posted as, in the order that they are listed, with the words for people to read. */
export const ROLES = {
  investigator: 'Domestic abuse investigator',
  da_car: 'Domestic abuse car crew',
  safeguarding_supervisor: 'Safeguarding supervisor',
  disclosure_officer: 'Disclosure officer',
  orders_officer: 'Orders officer',
  analyst: 'Analyst',
  lead_responsible_officer: 'Lead Responsible Officer',
  idva: 'Independent Domestic Violence Adviser',
  partner: 'Partner agency',
  professional_standards: 'Professional standards',
  administrator: 'Administrator',
  auditor: 'Auditor',
} as const
export type Role = keyof typeof ROLES

const RECORDS = [
  'investigator',
  'da_car',
  'safeguarding_supervisor',
  'disclosure_officer',
  'orders_officer',
  'analyst',
  'lead_responsible_officer',
] as const satisfies readonly Role[]

/**
 * What each role may do. Routes and buttons both ask this table; what records a person may see is decided by the
 * database, not here.
 */
export const MAY = {
  'people.search': [...RECORDS, 'professional_standards', 'idva', 'partner'],
  'people.read': [...RECORDS, 'professional_standards', 'idva', 'partner'],
  'people.claim': RECORDS,
  'people.declare-conflict': RECORDS,
  'people.share': ['safeguarding_supervisor'],
  'people.name-readers': ['professional_standards'],
  // of somebody who was sealed afterwards, professional standards
  'people.review-claims': ['safeguarding_supervisor', 'professional_standards'],
  'incidents.read': [...RECORDS, 'professional_standards', 'idva', 'partner'],
  'incidents.import': ['analyst'],
  'linkage.review': ['safeguarding_supervisor', 'analyst'],
  'linkage.models': ['analyst', 'lead_responsible_officer'],
  'targeting.read': [
    'investigator',
    'safeguarding_supervisor',
    'orders_officer',
    'analyst',
    'lead_responsible_officer',
  ],
  'targeting.choose': ['safeguarding_supervisor', 'lead_responsible_officer', 'analyst'],
  'organisation.read': [...RECORDS, 'professional_standards', 'administrator', 'auditor'],
  'organisation.administer': ['administrator'],
  'audit.read': ['auditor'],
} as const satisfies Record<string, readonly Role[]>
export type Action = keyof typeof MAY

/** What a route says of who may call it: anybody, anybody signed in, or those who may do something. */
export type RouteAccess = 'public' | 'signed-in' | Action

export function may(roles: readonly string[], action: Action): boolean {
  const allowed: readonly string[] = MAY[action]
  return roles.some((role) => allowed.includes(role))
}

export function isRole(text: string): text is Role {
  return Object.hasOwn(ROLES, text)
}
