// Codes are made of these; a message may hold what somebody typed.
const CODE = /^[\w.]{1,60}$/

/** What a fault may be called in a log or a table: its code, or else its kind. Never its message. */
export function codeOf(fault: unknown): string {
  if (!(fault instanceof Error)) return 'unknown'
  const code = 'code' in fault ? String(fault.code) : ''
  return CODE.test(code) ? code : CODE.test(fault.name) ? fault.name : 'Error'
}
