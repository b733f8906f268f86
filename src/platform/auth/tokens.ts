import { createHash, randomBytes } from 'node:crypto'

/** Makes the secret a browser keeps for a session: 32 random bytes, base64url (43 characters). */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** What the database keeps in place of a token: its SHA-256, 32 bytes. A copy of the table opens no session. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest()
}
