/** A file that must be refused whole, with a reason an officer can act on. Never leaves this folder. */
export class FileRefused extends Error {
  readonly field: string
  readonly row: string[]
  constructor(reason: string, field = 'file', row: string[] = [], options?: ErrorOptions) {
    super(reason, options)
    this.name = 'FileRefused'
    this.field = field
    this.row = row
  }
}
