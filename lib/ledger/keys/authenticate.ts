import type { Actor } from '../../ports/actor.ts'
import type { Ports } from '../../ports/context.ts'
import type { StoredKey } from '../../ports/key-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { fromKeyText, hashSecret, sameHash } from './key-text.ts'

const TOUCH_AFTER_MS = 300_000
/** Names the key of `RUNLEDGER_ADMIN_KEY`, which is stored nowhere. */
const ADMIN = 'admin'

/** A key that may be used, and whom it stands for. */
export interface Identified {
  actor: Actor
  keyId: string
  secretHash: string
}

/**
 * Who a key stands for. Read anew at each request, so a revoked key ends at once. The key of `RUNLEDGER_ADMIN_KEY` is
 * compared first and never stored. Throws `unauthorized`, in the same words whatever is wrong.
 */
export async function authenticate(ports: Ports, keyText: string): Promise<Actor> {
  return (await identify(ports, keyText)).actor
}

/** The same, with what names the key. Throws `unauthorized`. */
export async function identify(ports: Ports, keyText: string): Promise<Identified> {
  if (ports.adminKeyHash !== null && sameHash(hashSecret(keyText), ports.adminKeyHash))
    return bootstrap(ports.adminKeyHash)
  const parts = fromKeyText(keyText)
  const found = parts && (await ports.keys.find(parts.id))
  if (!parts || !found?.usable || !sameHash(hashSecret(parts.secret), found.key.secretHash)) throw unknown()
  return await used(ports, found.key)
}

/** Whom a key stands for that was sent before, by its id. Throws `unauthorized`. */
export async function identifyById(ports: Ports, keyId: string): Promise<Identified> {
  if (keyId === ADMIN && ports.adminKeyHash !== null) return bootstrap(ports.adminKeyHash)
  const found = await ports.keys.find(keyId)
  if (!found?.usable) throw unknown()
  return await used(ports, found.key)
}

const unknown = () => new LedgerError('unauthorized', 'the key is not known, has expired or was revoked')

const bootstrap = (secretHash: string): Identified => ({
  actor: { name: 'admin', scopes: ['admin'], projectId: null, limitKey: 'admin' },
  keyId: ADMIN,
  secretHash,
})

async function used(ports: Ports, key: StoredKey): Promise<Identified> {
  const { id, owner, scopes, projectId, lastUsedAt, secretHash } = key
  if (lastUsedAt === null || ports.now() - Date.parse(lastUsedAt) > TOUCH_AFTER_MS)
    await ports.keys
      .touch(id)
      .catch((error) => ports.log.warn('could not note the use of a key', { keyId: id, error }))
  return { actor: { name: owner, scopes, projectId, limitKey: id }, keyId: id, secretHash }
}
