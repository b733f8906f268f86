/**
 * What the engine throws when it is handed something it cannot work on. The message holds codes and counts, never a
 * name, a date of birth or any other value of a row.
 */
export class LinkageFailure extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'LinkageFailure'
    this.code = code
  }
}
