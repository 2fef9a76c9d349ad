import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { z } from 'zod'

/** A caller's own name for a request, to make its repetition harmless. Unique within the project. */
export const IdempotencyKey = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[\x20-\x7e]+$/, 'must be printable ASCII')
  .meta({ description: 'Same key and body: the first run is given back. Same key, other body: refused.' })

/** SHA-256 of a body in canonical JSON (RFC 8785), so the order of its keys does not matter. */
export function idempotencyHash(body: unknown): string {
  return createHash('sha256')
    .update(canonicalize(body) ?? '')
    .digest('hex')
}
