import type { Adapter, AdapterPayload } from 'oidc-provider'

/** Most things the embedded provider remembers at once; the oldest go first. Far above what a demonstration makes. */
const most = 5000

interface Kept {
  readonly payload: AdapterPayload
  /** Milliseconds since 1970. */
  readonly until: number
}

/**
 * Makes the embedded provider's memory: sign-ins under way, codes and its own sessions, in this process and gone with it.
 * @param now milliseconds since 1970
 */
export function embeddedMemory(now: () => number): (kind: string) => Adapter {
  const kept = new Map<string, Kept>()

  function get(key: string): AdapterPayload | undefined {
    const found = kept.get(key)
    if (found === undefined) return undefined
    if (found.until > now()) return found.payload
    kept.delete(key)
    return undefined
  }

  function find(kind: string, matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined {
    for (const key of kept.keys()) {
      if (!key.startsWith(`${kind}:`)) continue
      const payload = get(key)
      if (payload !== undefined && matches(payload)) return payload
    }
    return undefined
  }

  return (kind) => ({
    async upsert(id, payload, expiresIn) {
      const key = `${kind}:${id}`
      kept.delete(key)
      kept.set(key, { payload, until: expiresIn === undefined ? Infinity : now() + expiresIn * 1000 })
      for (const oldest of kept.keys()) {
        if (kept.size <= most) break
        kept.delete(oldest)
      }
    },
    async find(id) {
      return get(`${kind}:${id}`)
    },
    async findByUid(uid) {
      return find(kind, (payload) => payload.uid === uid)
    },
    async findByUserCode(userCode) {
      return find(kind, (payload) => payload.userCode === userCode)
    },
    async consume(id) {
      const payload = get(`${kind}:${id}`)
      if (payload !== undefined) payload.consumed = Math.floor(now() / 1000)
    },
    async destroy(id) {
      kept.delete(`${kind}:${id}`)
    },
    async revokeByGrantId(grantId) {
      for (const [key, { payload }] of kept) if (payload.grantId === grantId) kept.delete(key)
    },
  })
}
