/**
 * What the log may be read for, and nothing else.
 * Source: Data Protection Act 2018 s.62(4)(a)-(d).
 */
export const READ_FOR = {
  lawfulness: 'To check whether processing was lawful',
  monitoring: 'Self-monitoring by the force, and internal disciplinary proceedings',
  security: 'Integrity and security of personal data',
  criminal: 'Criminal proceedings',
} as const
export type ReadFor = keyof typeof READ_FOR

export const isReadFor = (text: string): text is ReadFor => Object.hasOwn(READ_FOR, text)

/** The kinds of act in the log (DPA 2018 s.62(1) and our own), with words for people. */
export const ACTIONS: Readonly<Record<string, string>> = {
  consult: 'Opened',
  search: 'Searched, or was shown a list',
  claim: 'Opened with a reason',
  breakglass: 'Broke the glass',
  alter: 'Changed',
  collect: 'Took in',
  combine: 'Combined',
  disclose: 'Disclosed',
  export: 'Exported',
  reveal: 'Revealed a protected contact',
  erase: 'Erased',
  refuse: 'Was refused',
  review: 'Reviewed',
  'sign-in': 'Signed in',
  'sign-out': 'Signed out',
}
export const actionWords = (action: string): string => ACTIONS[action] ?? action
