import { createHash } from 'node:crypto'
import type { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'
import type { RunOutput } from '../../run/run-output.ts'
import { hashed } from '../objects/hashed.ts'
import { writeObject } from '../objects/write-object.ts'
import { requireScope } from '../require-scope.ts'
import { leaseLost } from '../runs/heartbeat-runs.ts'
import { AddOutput } from './add-output.ts'
import { clearPlace } from './clear-place.ts'
import { outputPlace } from './output-place.ts'
import { parseNamed } from './parse-named.ts'
import { recordOutput } from './record-output.ts'
import { refuseOther } from './refuse-other.ts'
import { toRunOutput } from './to-run-output.ts'

/** A file whose bytes come along. */
export const PutOutput = AddOutput.pick({ id: true, leaseToken: true, path: true, contentType: true })
export type PutOutput = z.input<typeof PutOutput>

/**
 * Stores and records a file in one step, whole or not at all, in constant memory. The same file again is recorded once. Throws
 * `conflict` where this attempt has another by that name, or is just making one; `lease_lost`, `not_found`.
 */
export async function putOutput(
  ctx: Context,
  input: PutOutput,
  source: AsyncIterable<Uint8Array>,
): Promise<RunOutput> {
  requireScope(ctx, 'runs:work')
  const { contentType, ...rest } = parseNamed(ctx, PutOutput, input)
  const place = await outputPlace(ctx, rest)
  const { runId, fence, path, objectKey } = place
  const before = await ctx.outputs.get(runId, fence, path)
  const reserved = await ctx.outputs.reserve({
    ...place,
    contentType,
    bytes: 0,
    sha256: null,
    uploadId: null,
  })
  if (reserved === null) throw leaseLost(runId)
  const hash = createHash('sha256')
  if (reserved.committedAt !== null) {
    let bytes = 0
    for await (const piece of hashed(source, hash)) bytes += piece.length
    refuseOther(reserved, { bytes, sha256: hash.digest('hex') })
    return toRunOutput(reserved)
  }
  // What an attempt to send it has left; nobody can commit it any more.
  if (before !== null && before.uploadId !== null)
    await ctx.objects.abortMultipart({ key: objectKey, uploadId: before.uploadId })
  if (before !== null) await clearPlace(ctx, reserved)
  const bytes = await writeObject(ctx.objects, objectKey, hashed(source, hash), {
    contentType,
    ifAbsent: true,
  })
  if (bytes === null) throw new LedgerError('conflict', `${path} is being sent by somebody else; try again`)
  const head = await ctx.objects.head(objectKey)
  return await recordOutput(ctx, reserved, {
    bytes,
    sha256: hash.digest('hex'),
    etag: head?.etag ?? null,
  })
}
