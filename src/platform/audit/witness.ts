import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cosignNote, isSignedBy, openSigner, readCheckpoint, readPublicKey } from './checkpoint.ts'
import { emptyRoot, verifyConsistency } from './merkle.ts'

// The witness is run by another body, in its own process and folder, and shares nothing with the database. Its folder:
//   log.key         the log's public key line, put there by the person who runs the witness
//   witness.secret  its own signing key, made on the first start, for its owner alone
//   witness.key     its own public key line, to hand to the log and to whoever verifies
//   checkpoint      the last checkpoint it signed, with its cosignature: its memory

/** What a witness answers to one submitted checkpoint: an HTTP status and a body. */
export interface WitnessAnswer {
  readonly status: number
  readonly body: string
}

export interface WitnessBook {
  /** Its public key line. */
  readonly key: string
  /** Takes a checkpoint request as C2SP tlog-witness defines it. */
  add(request: string): WitnessAnswer
  /** The last checkpoint it signed, with its cosignature; null before the first. */
  last(): string | null
}

// On disk before it is answered: a witness that forgets after a power cut could sign two histories.
function keep(folder: string, text: string): void {
  const next = join(folder, 'checkpoint.next')
  const file = openSync(next, 'w', 0o600)
  try {
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(next, join(folder, 'checkpoint'))
  // Windows cannot open a folder to flush it and makes the rename durable by itself.
  if (process.platform === 'win32') return
  const directory = openSync(folder, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

/**
 * Opens a witness's folder, making its key and public key file on the first start.
 * @throws Error when the folder has no `log.key`, or what it remembers cannot be read
 */
export function openWitness(folder: string, name: string, now: () => Date = () => new Date()): WitnessBook {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const signer = openSigner(join(folder, 'witness.secret'), name, 'witness')
  writeFileSync(join(folder, 'witness.key'), `${signer.key}\n`)
  const logKeyPath = join(folder, 'log.key')
  if (!existsSync(logKeyPath)) throw new Error('put the public key line of the log into log.key in the witness folder')
  const logKey = readFileSync(logKeyPath, 'utf8').trim()
  const origin = readPublicKey(logKey).name
  const checkpointPath = join(folder, 'checkpoint')
  let last = existsSync(checkpointPath) ? readFileSync(checkpointPath, 'utf8') : null
  const remembered = (): { size: number; root: Buffer } => {
    if (last === null) return { size: 0, root: emptyRoot }
    const checkpoint = readCheckpoint(last)
    if (checkpoint === null || !isSignedBy(last, logKey)) throw new Error('the remembered checkpoint cannot be read')
    return checkpoint
  }
  remembered()

  const add = (request: string): WitnessAnswer => {
    const gap = request.indexOf('\n\n')
    const [first, ...proofLines] = request.slice(0, Math.max(gap, 0)).split('\n')
    const oldSize = /^old (0|[1-9]\d{0,14})$/u.exec(first ?? '')?.[1]
    const note = request.slice(gap + 2)
    const checkpoint = readCheckpoint(note)
    if (gap < 0 || oldSize === undefined || checkpoint === null || proofLines.length > 64) {
      return { status: 400, body: 'not a checkpoint request\n' }
    }
    if (checkpoint.origin !== origin) return { status: 404, body: 'unknown log\n' }
    if (!isSignedBy(note, logKey)) return { status: 403, body: 'not signed by the log\n' }
    if (checkpoint.size < Number(oldSize)) return { status: 400, body: 'the log has shrunk\n' }
    const before = remembered()
    if (Number(oldSize) !== before.size) return { status: 409, body: `${before.size}\n` }
    const proof = proofLines.map((line) => Buffer.from(line, 'base64'))
    if (checkpoint.size === before.size && !checkpoint.root.equals(before.root)) {
      return { status: 422, body: 'a second root for the same size\n' }
    }
    if (!verifyConsistency(before.size, before.root, checkpoint.size, checkpoint.root, proof)) {
      return { status: 422, body: 'the log does not continue what was signed before\n' }
    }
    const cosignature = cosignNote(note, signer, now())
    keep(folder, `${note}${cosignature}`)
    last = `${note}${cosignature}`
    return { status: 200, body: cosignature }
  }
  return { key: signer.key, add, last: () => last }
}

// A request is a note and at most 64 hashes, so anything longer is not one.
const longestRequest = 16_384

/** Serves a witness on the loopback address: `POST /add-checkpoint` and `GET /checkpoint`. Port 0 takes a free one. */
export async function serveWitness(book: WitnessBook, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: string): void => {
      const type = status === 409 ? 'text/x.tlog.size' : 'text/plain; charset=utf-8'
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
    }
    if (request.method === 'GET' && request.url === '/checkpoint') {
      const last = book.last()
      answer(last === null ? 404 : 200, last ?? 'nothing signed yet\n')
      return
    }
    if (request.method !== 'POST' || request.url !== '/add-checkpoint') {
      answer(404, 'not found\n')
      return
    }
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= longestRequest) chunks.push(chunk)
    })
    request.on('end', () => {
      if (length > longestRequest) {
        answer(413, 'too long\n')
        return
      }
      try {
        const { status, body } = book.add(Buffer.concat(chunks).toString('utf8'))
        answer(status, body)
      } catch (error) {
        // A full disk or a lost folder: the log hears "not signed", the witness's own log says why.
        process.stderr.write(`witness: ${error instanceof Error ? error.message : 'unknown error'}\n`)
        answer(500, 'the witness could not keep the checkpoint\n')
      }
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return server
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      dir: { type: 'string' },
      port: { type: 'string' },
      name: { type: 'string', default: 'dauntless-witness' },
    },
  })
  const port = Number(values.port)
  if (values.dir === undefined || !Number.isInteger(port) || port < 0 || port > 65_535) {
    process.stderr.write('usage: node witness.ts --dir FOLDER --port NUMBER [--name NAME]\n')
    process.exit(2)
  }
  try {
    const book = openWitness(values.dir, values.name)
    const server = await serveWitness(book, port)
    const address = server.address()
    const taken = typeof address === 'object' && address !== null ? address.port : port
    process.stdout.write(`witness ${book.key} listens on 127.0.0.1:${taken}\n`)
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => server.close())
    // The demonstration starts it with a channel: when that is closed, whoever started it is gone.
    process.once('disconnect', () => server.close())
  } catch (error) {
    process.stderr.write(`witness: ${error instanceof Error ? error.message : 'unknown error'}\n`)
    process.exit(1)
  }
}
