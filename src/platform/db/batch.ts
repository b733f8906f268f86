import pg from 'pg'

// what the driver has and its types do not tell
declare module 'pg' {
  interface QueryConfig {
    /** Also what has no values goes the way of what has some: only there are several answered as one. */
    readonly queryMode?: 'extended'
  }
  interface Query {
    readonly name?: string
    readonly text: string
    handleRowDescription(message: unknown): void
    handleDataRow(message: unknown): void
    handleCommandComplete(message: unknown, connection: Connection): void
    handleCopyInResponse(connection: Connection): void
    handleReadyForQuery(connection: Connection): void
  }
  interface Connection {
    /** What was sent to be parsed and is not known to be. */
    readonly submittedNamedStatements: Record<string, string>
  }
}

type Ended = (fault: Error | null, results: readonly pg.QueryResult[]) => void

/**
 * Statements that go to the server as one: it does them in order, tells of all of them when the last is done, and after one that
 * fails does none of the rest, not even COMMIT. What the driver's `query` takes in place of one of its own.
 */
export class Batch implements pg.Submittable {
  readonly #parts: readonly pg.Query[]
  readonly #results: pg.QueryResult[] = []
  readonly #ended: Ended
  #at = 0
  #fault: Error | null = null

  /** @param statements one each; a text is parsed each time, what has a name once a connection */
  constructor(statements: readonly (string | pg.QueryConfig)[], ended: Ended) {
    this.#ended = ended
    this.#parts = statements.map((statement, at) => {
      const config = typeof statement === 'string' ? { text: statement } : statement
      return new pg.Query({ ...config, queryMode: 'extended' }, (fault, result) => {
        if (fault instanceof Error) this.#fault ??= fault
        else this.#results[at] = result
      })
    })
  }

  /** Of the statement that is being answered: by these the driver keeps what has been parsed. */
  get name(): string {
    return this.#parts[this.#at]?.name ?? ''
  }
  get text(): string {
    return this.#parts[this.#at]?.text ?? ''
  }

  /** @returns what was wrong with a statement; nothing of them is sent then */
  submit(connection: pg.Connection): Error | null {
    const messages: Buffer[] = []
    const unsent = Object.create(connection, {
      _send: { value: (message: Buffer) => messages.push(message) },
      sync: { value: () => {} },
      stream: { value: {} },
    }) as pg.Connection
    for (const part of this.#parts) {
      const wrong: unknown = part.submit(unsent)
      if (wrong instanceof Error) this.#fault ??= wrong
    }
    if (this.#fault !== null) {
      this.#forget(connection)
      return this.#fault
    }
    if (!connection.stream.writable) return null // the driver is about to tell that the connection is lost
    connection.stream.cork()
    connection.stream.write(Buffer.concat(messages))
    connection.sync()
    connection.stream.uncork()
    return null
  }

  handleRowDescription(message: unknown): void {
    this.#parts[this.#at]?.handleRowDescription(message)
  }
  handleDataRow(message: unknown): void {
    this.#parts[this.#at]?.handleDataRow(message)
  }
  handleCommandComplete(message: unknown, connection: pg.Connection): void {
    this.#parts[this.#at++]?.handleCommandComplete(message, connection)
  }
  handleEmptyQuery(): void {
    this.#at++
  }
  handleCopyInResponse(connection: pg.Connection): void {
    this.#parts[this.#at]?.handleCopyInResponse(connection)
  }
  handleCopyData(): void {}

  handleError(fault: Error, connection: pg.Connection): void {
    this.#forget(connection)
    this.#ended(fault, [])
  }
  handleReadyForQuery(connection: pg.Connection): void {
    for (const part of this.#parts) part.handleReadyForQuery(connection)
    this.#ended(this.#fault, this.#results)
  }

  /** What the server has not parsed, since one before it failed, is to be sent again. */
  #forget({ submittedNamedStatements }: pg.Connection): void {
    for (const { name } of this.#parts.slice(this.#at)) if (name !== undefined) delete submittedNamedStatements[name]
  }
}
