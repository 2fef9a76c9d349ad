import type { Context } from '../../ports/context.ts'
import type { StoredWebhook } from '../../ports/notice-store.ts'

/**
 * The secrets that sign for a webhook, as its owner has them (`whsec_…`), the present one first. They are made of the ledger's
 * own secret and kept nowhere: while that or the webhook's is rotated, the ones before sign along.
 */
export function webhookSecrets(
  ctx: Context,
  { id, secretVersion, isRotating }: Pick<StoredWebhook, 'id' | 'secretVersion' | 'isRotating'>,
): Secrets {
  const ofVersion = (version: number) => derivedSecrets(ctx, `webhook:${id}:${version}`)
  return [...ofVersion(secretVersion), ...(isRotating ? ofVersion(secretVersion - 1) : [])]
}

export type Secrets = [present: string, ...before: string[]]

/** The secrets that stand for a name, the present one first. */
export function derivedSecrets({ signer }: Context, name: string): Secrets {
  const { present, previous } = signer.derive(name)
  return previous === null ? [toText(present)] : [toText(present), toText(previous)]
}

const toText = (bytes: Uint8Array) => `whsec_${Buffer.from(bytes).toString('base64')}`
