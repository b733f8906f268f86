import { isAscii, isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { FileRefused } from './fault.ts'

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

const CHUNK_BYTES = 1 << 14

/** Digest of a file as stored, so that the same file offered twice is known before it is read. @throws if unreadable. */
export async function fingerprint(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file)
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await handle.close()
  }
}

/** Files that are sent by mistake, by their first bytes, and what to do about them. */
const OTHERS: readonly (readonly [start: readonly number[], what: string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], 'this is a zip file or an Excel workbook: unpack it, or save it as CSV'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'this is an Excel workbook: save it as CSV'],
  [[0x25, 0x50, 0x44, 0x46], 'this is a PDF file: ask for the records as CSV'],
  [[0x1f, 0x8b], 'the file is packed with gzip twice: unpack it once'],
]

/**
 * The content of a file, unpacked when it is gzip (known by its first two bytes, not its name).
 * `onBytes` hears how many stored bytes have been read so far.
 * @throws FileRefused when the gzip is cut short or damaged, or the content is plainly of another kind.
 */
export async function* contentOf(file: string, onBytes?: (bytes: number) => void): AsyncGenerator<Buffer> {
  let first = true
  for await (const chunk of unpacked(file, onBytes)) {
    const other = first && OTHERS.find(([start]) => start.every((byte, at) => chunk[at] === byte))
    if (other) throw new FileRefused(other[1])
    first = false
    yield chunk
  }
}

async function* unpacked(file: string, onBytes?: (bytes: number) => void): AsyncGenerator<Buffer> {
  const zipped = await isGzip(file)
  const source = createReadStream(file, { highWaterMark: CHUNK_BYTES })
  if (!zipped) {
    for await (const chunk of source) {
      onBytes?.(source.bytesRead)
      yield chunk as Buffer
    }
    return
  }
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
  source.on('error', (cause) => gunzip.destroy(cause))
  source.pipe(gunzip)
  try {
    for await (const chunk of gunzip) {
      onBytes?.(source.bytesRead)
      yield chunk as Buffer
    }
  } catch (cause) {
    if (!isZlibError(cause)) throw cause
    throw new FileRefused('the gzip file is cut short or damaged', 'file', [], { cause })
  } finally {
    source.destroy()
  }
}

function isZlibError(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' && cause.code.startsWith('Z_')
}

function byMark(head: Buffer): Encoding | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8'
  return undefined
}

/** UTF-16 without a mark: the header of a CSV is plain Latin, so every other byte is nought. */
function byNulls(head: Buffer): Encoding | undefined {
  const looked = Math.min(head.length, 512) & ~1
  let even = 0
  let odd = 0
  for (let i = 0; i < looked; i += 2) {
    if (head[i] === 0) even++
    if (head[i + 1] === 0) odd++
  }
  if (looked >= 4 && odd * 2 > looked * 0.8) return 'utf-16le'
  if (looked >= 4 && even * 2 > looked * 0.8) return 'utf-16be'
  return undefined
}

/** Length of the part of `buffer` that does not end in the middle of a UTF-8 character. */
function wholeCharacters(buffer: Buffer): number {
  for (let back = 1; back <= 3 && back <= buffer.length; back++) {
    const byte = buffer[buffer.length - back] ?? 0
    if (byte >= 0xc0) {
      const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return needs > back ? buffer.length - back : buffer.length
    }
    if (byte < 0x80) return buffer.length
  }
  return buffer.length
}

/** The encoding by its first bytes alone: enough for the header, not for the rest. */
export async function firstEncodingOf(file: string): Promise<Encoding> {
  for await (const chunk of contentOf(file)) return byMark(chunk) ?? byNulls(chunk) ?? 'utf-8'
  return 'utf-8'
}

/**
 * The encoding of a file: by its byte order mark, else UTF-8 when the whole of it is valid, else Windows-1252.
 * Reads the file once in constant memory.
 * @throws FileRefused when it is empty, mixes encodings, or stops in the middle of a character.
 */
export async function encodingOf(file: string): Promise<Encoding> {
  let tail: Buffer = Buffer.alloc(0)
  let seen = false
  let isPlain = true
  for await (const chunk of contentOf(file)) {
    if (chunk.length === 0) continue
    if (!seen) {
      seen = true
      const known = byMark(chunk) ?? byNulls(chunk)
      if (known !== undefined && known !== 'utf-8') return known
    }
    const { whole, rest } = cutAfter(tail, chunk)
    tail = rest
    if (!isUtf8(whole)) return eitherOf(file)
    isPlain &&= isAscii(whole)
  }
  if (!seen) throw new FileRefused('the file is empty')
  if (tail.length === 0) return 'utf-8'
  if (!isPlain) throw new FileRefused('the file stops in the middle of a character')
  return 'windows-1252'
}

/** The encoding of a file that is not UTF-8 throughout: counted, since it may be two. @throws FileRefused when it is */
async function eitherOf(file: string): Promise<Encoding> {
  let tail: Buffer = Buffer.alloc(0)
  let good = 0
  let bad = 0
  for await (const chunk of contentOf(file)) {
    const { whole, rest } = cutAfter(tail, chunk)
    tail = rest
    const broken = isUtf8(whole) ? 0 : whole.toString('utf8').split('\ufffd').length - 1
    bad += broken
    good += leadBytes(whole) - broken
  }
  if (good > bad) throw new FileRefused('the file mixes UTF-8 with another encoding, so its letters cannot be trusted')
  return 'windows-1252'
}

/** What was left of the chunk before and this one, up to the last whole character. */
function cutAfter(tail: Buffer, chunk: Buffer): { readonly whole: Buffer; readonly rest: Buffer } {
  const buffer: Buffer = tail.length === 0 ? chunk : Buffer.concat([tail, chunk])
  const end = wholeCharacters(buffer)
  return { whole: buffer.subarray(0, end), rest: Buffer.from(buffer.subarray(end)) }
}

/** As `encodingOf`, but null for a file that will be refused. */
export async function knownEncodingOf(file: string): Promise<Encoding | null> {
  try {
    return await encodingOf(file)
  } catch (cause) {
    if (cause instanceof FileRefused) return null
    throw cause
  }
}

/** How many characters beyond ASCII a run of UTF-8 begins. */
function leadBytes(buffer: Buffer): number {
  if (isAscii(buffer)) return 0
  let count = 0
  for (let i = 0; i < buffer.length; i++) if ((buffer[i] ?? 0) >= 0xc0) count++
  return count
}

/**
 * The content of a file as UTF-8 without a byte order mark, whatever it was written in.
 * @throws FileRefused when the bytes are not what the encoding promises (a half character at the end).
 */
export async function* utf8Of(
  file: string,
  encoding: Encoding,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  if (encoding === 'utf-8') {
    let first = true
    for await (const chunk of contentOf(file, onBytes)) {
      yield first && byMark(chunk) === 'utf-8' ? chunk.subarray(3) : chunk
      first = false
    }
    return
  }
  const decoder = new TextDecoder(encoding, { fatal: true })
  try {
    for await (const chunk of contentOf(file, onBytes)) {
      const text = decoder.decode(chunk, { stream: true })
      if (text !== '') yield Buffer.from(text, 'utf8')
    }
    const rest = decoder.decode()
    if (rest !== '') yield Buffer.from(rest, 'utf8')
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new FileRefused('the file stops in the middle of a character', 'file', [], { cause })
  }
}
