import type { Actor } from '../../ports/actor.ts'
import type { Ports } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'
import { fromKeyText, hashSecret, sameHash } from './key-text.ts'

const TOUCH_AFTER_MS = 300_000

/**
 * Who a key stands for. Read anew at each request, so a revoked key ends at once. The key of `RUNLEDGER_ADMIN_KEY` is
 * compared first and never stored. Throws `unauthorized`, in the same words whatever is wrong.
 */
export async function authenticate(ports: Ports, keyText: string): Promise<Actor> {
  if (ports.adminKeyHash !== null && sameHash(hashSecret(keyText), ports.adminKeyHash))
    return { name: 'admin', scopes: ['admin'], projectId: null, limitKey: 'admin' }
  const parts = fromKeyText(keyText)
  const found = parts && (await ports.keys.find(parts.id))
  if (!parts || !found?.usable || !sameHash(hashSecret(parts.secret), found.key.secretHash))
    throw new LedgerError('unauthorized', 'the key is not known, has expired or was revoked')
  const { id, owner, scopes, projectId, lastUsedAt } = found.key
  if (lastUsedAt === null || ports.now() - Date.parse(lastUsedAt) > TOUCH_AFTER_MS)
    await ports.keys
      .touch(id)
      .catch((error) => ports.log.warn('could not note the use of a key', { keyId: id, error }))
  return { name: owner, scopes, projectId, limitKey: id }
}
