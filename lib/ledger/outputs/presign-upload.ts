import type { Context } from '../../ports/context.ts'
import type { Output } from '../../ports/output-store.ts'
import { LIMITS } from '../../run/limits.ts'
import { missingParts, partBytesOf, partCountOf } from '../../run/output-parts.ts'
import type { OutputUpload } from './upload.ts'

/** How long what is signed now is good for, and the instant at which it ends. */
export function expiry({ now }: Context): { expiresSeconds: number; expiresAt: string } {
  const expiresSeconds = LIMITS.presignSeconds
  return { expiresSeconds, expiresAt: new Date(now() + expiresSeconds * 1_000).toISOString() }
}

/** The requests that upload what is still missing of a reserved file. */
export async function presignUpload(ctx: Context, reserved: Output): Promise<OutputUpload> {
  const { path, bytes, contentType, objectKey: key, uploadId } = reserved
  const { expiresSeconds, expiresAt } = expiry(ctx)
  if (uploadId === null) {
    const { url, headers } = await ctx.objects.presignPut(key, { bytes, contentType, expiresSeconds })
    return { path, method: 'put', url, headers, expiresAt }
  }
  const upload = { key, uploadId }
  const missing = missingParts(bytes, await ctx.objects.listParts(upload))
  const parts = []
  for (const part of missing.slice(0, LIMITS.presignedParts)) {
    const signed = await ctx.objects.presignPart(upload, part.number, { bytes: part.bytes, expiresSeconds })
    parts.push({ ...part, url: signed.url, headers: signed.headers })
  }
  return {
    path,
    method: 'parts',
    partBytes: partBytesOf(bytes),
    parts,
    storedParts: partCountOf(bytes) - missing.length,
    moreParts: missing.length > parts.length,
    expiresAt,
  }
}
