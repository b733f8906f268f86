import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { chmodSync, existsSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'

// Signed notes and checkpoints as transparency logs write them, so that any C2SP witness can read ours.
// Source: C2SP signed-note, tlog-checkpoint and tlog-cosignature.

/** The state of the log at one moment. `signedAt` is UTC with milliseconds. */
export interface Checkpoint {
  readonly origin: string
  readonly size: number
  readonly root: Buffer
  readonly signedAt: string
}

/** Who signs: a private key with the name under which others know it. `key` is the public line to hand out. */
export interface Signer {
  readonly name: string
  readonly key: string
  readonly privateKey: KeyObject
}

/** What a signature is for: 1 signs a log's own checkpoint, 4 is a witness's dated cosignature. */
export const signatureKinds = { log: 1, witness: 4 } as const
export type SignatureKind = keyof typeof signatureKinds

// An Ed25519 public key in DER is these twelve bytes and then the key.
const derPrefix = Buffer.from('302a300506032b6570032100', 'hex')

function keyId(name: string, kind: SignatureKind, rawKey: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([signatureKinds[kind]]), rawKey])
  return hash('sha256', named, 'buffer').subarray(0, 4)
}

/**
 * Makes a signer of a private key.
 * @throws Error when the name holds white space or a plus sign, which the note form cannot carry
 */
export function createSigner(name: string, kind: SignatureKind, privateKey: KeyObject): Signer {
  if (name === '' || /[\s+]/u.test(name)) throw new Error('a signer name has no white space and no plus sign')
  const rawKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).subarray(derPrefix.length)
  const encoded = Buffer.concat([Buffer.from([signatureKinds[kind]]), rawKey]).toString('base64')
  return { name, key: `${name}+${keyId(name, kind, rawKey).toString('hex')}+${encoded}`, privateKey }
}

// Written beside its place and then linked there, whole: a process that is killed leaves no half of a key, and of two that
// start together one makes it.
function makeKey(path: string): void {
  const made = `${path}.new-${process.pid}`
  const { privateKey } = generateKeyPairSync('ed25519')
  writeFileSync(made, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  chmodSync(made, 0o600)
  try {
    linkSync(made, path)
  } catch (error) {
    if (!existsSync(path)) throw error
  } finally {
    rmSync(made)
  }
}

/**
 * Reads the signing key in `path`, or makes one there on the first run. The file is for its owner alone (mode 0600).
 * @throws Error when others may read the file, or it holds no Ed25519 key
 */
export function openSigner(path: string, name: string, kind: SignatureKind): Signer {
  if (!existsSync(path)) makeKey(path)
  // Windows keeps no such mode bits; there the folder's access list is what protects the key.
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
    throw new Error('the signing key file can be read by others: set its mode to 0600')
  }
  const privateKey = createPrivateKey(readFileSync(path))
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error('the signing key file holds no Ed25519 key')
  return createSigner(name, kind, privateKey)
}

interface PublicKey {
  readonly name: string
  readonly kind: SignatureKind
  readonly id: Buffer
  readonly publicKey: KeyObject
}

/**
 * Reads a public key line (`name+id+key`).
 * @throws Error when it is not one, or its id does not fit its key
 */
export function readPublicKey(line: string): PublicKey {
  const [, name, id, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(line.trim()) ?? []
  const bytes = Buffer.from(encoded ?? '', 'base64')
  const kind = bytes[0] === signatureKinds.log ? 'log' : bytes[0] === signatureKinds.witness ? 'witness' : undefined
  if (name === undefined || id === undefined || kind === undefined || bytes.length !== 33) {
    throw new Error('not a public key line')
  }
  const rawKey = bytes.subarray(1)
  if (keyId(name, kind, rawKey).toString('hex') !== id) throw new Error('the key id does not fit the public key')
  const publicKey = createPublicKey({ key: Buffer.concat([derPrefix, rawKey]), format: 'der', type: 'spki' })
  return { name, kind, id: Buffer.from(id, 'hex'), publicKey }
}

function signatureLine(name: string, payload: Buffer): string {
  return `\u2014 ${name} ${payload.toString('base64')}\n`
}

function idOf(signer: Signer): Buffer {
  return readPublicKey(signer.key).id
}

/** The text of a checkpoint that is signed: origin, size, root, and the time as an extension line. */
export function checkpointText(checkpoint: Checkpoint): string {
  return `${checkpoint.origin}\n${checkpoint.size}\n${checkpoint.root.toString('base64')}\ntime ${checkpoint.signedAt}\n`
}

/** Signs a checkpoint: its text, an empty line, the log's signature line. */
export function signCheckpoint(checkpoint: Checkpoint, signer: Signer): string {
  const text = checkpointText(checkpoint)
  const signature = sign(null, Buffer.from(text), signer.privateKey)
  return `${text}\n${signatureLine(signer.name, Buffer.concat([idOf(signer), signature]))}`
}

function splitNote(note: string): { text: string; signatures: string[] } | null {
  const gap = note.lastIndexOf('\n\n')
  if (gap < 0 || !note.endsWith('\n')) return null
  return { text: note.slice(0, gap + 1), signatures: note.slice(gap + 2, -1).split('\n') }
}

function payloads(signatures: readonly string[], key: PublicKey): Buffer[] {
  return signatures.flatMap((line) => {
    const [, name, encoded] = /^\u2014 (\S+) ([A-Za-z0-9+/=]+)$/u.exec(line) ?? []
    const payload = Buffer.from(encoded ?? '', 'base64')
    return name === key.name && payload.subarray(0, 4).equals(key.id) ? [payload.subarray(4)] : []
  })
}

/** Whether a note carries a good signature of this log key. */
export function isSignedBy(note: string, logKey: string): boolean {
  const key = readPublicKey(logKey)
  const parts = splitNote(note)
  if (parts === null || key.kind !== 'log') return false
  const found = payloads(parts.signatures, key)
  return found.length > 0 && found.every((one) => verify(null, Buffer.from(parts.text), key.publicKey, one))
}

/** Reads the checkpoint in a note without judging its signatures; null when it is not in the one form we write. */
export function readCheckpoint(note: string): Checkpoint | null {
  const text = splitNote(note)?.text ?? ''
  const [, origin, size, root, signedAt] =
    /^([^\n]+)\n(0|[1-9]\d*)\n([A-Za-z0-9+/]{43}=)\ntime (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\n$/u.exec(text) ?? []
  if (origin === undefined || root === undefined || signedAt === undefined) return null
  const checkpoint = { origin, size: Number(size), root: Buffer.from(root, 'base64'), signedAt }
  return Number.isSafeInteger(checkpoint.size) && checkpointText(checkpoint) === text ? checkpoint : null
}

function cosignedMessage(text: string, seconds: bigint): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`)
}

/** A witness's dated signature line for a checkpoint note. `now` is the witness's own clock. */
export function cosignNote(note: string, witness: Signer, now: Date): string {
  const parts = splitNote(note)
  if (parts === null) throw new Error('not a signed note')
  const seconds = BigInt(Math.floor(now.getTime() / 1000))
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(seconds)
  const signature = sign(null, cosignedMessage(parts.text, seconds), witness.privateKey)
  return signatureLine(witness.name, Buffer.concat([idOf(witness), time, signature]))
}

/** Whether `cosignature` is a good signature line of this witness over the checkpoint in `note`. */
export function isCosignedBy(note: string, cosignature: string, witnessKey: string): boolean {
  const key = readPublicKey(witnessKey)
  const parts = splitNote(note)
  if (parts === null || key.kind !== 'witness') return false
  return payloads(cosignature.trimEnd().split('\n'), key).some(
    (payload) =>
      payload.length === 72 &&
      verify(null, cosignedMessage(parts.text, payload.readBigUInt64BE()), key.publicKey, payload.subarray(8)),
  )
}
