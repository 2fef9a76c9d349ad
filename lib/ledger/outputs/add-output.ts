import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { MAX_PUT_BYTES } from '../../ports/object-store.ts'
import { BEING_SWEPT, type Output } from '../../ports/output-store.ts'
import { isLedgerError } from '../../run/errors.ts'
import { RunId } from '../../run/ids.ts'
import { MAX_OUTPUT_BYTES } from '../../run/output-parts.ts'
import { OutputPath } from '../../run/output-path.ts'
import { requireScope } from '../require-scope.ts'
import { leaseLost } from '../runs/heartbeat-runs.ts'
import { LeaseToken } from '../runs/lease-token.ts'
import { clearPlace } from './clear-place.ts'
import { type OutputPlace, outputPlace } from './output-place.ts'
import { parseNamed } from './parse-named.ts'
import { presignUpload } from './presign-upload.ts'
import { whyRefused } from './record-output.ts'
import { refuseOther } from './refuse-other.ts'
import type { OutputUpload } from './upload.ts'

export const ContentType = z
  .string()
  .max(255)
  .regex(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+( ?;[\x20-\x7e]*[\x21-\x7e])?$/, 'must be a media type: text/csv')
  .default('application/octet-stream')
  .meta({ example: 'text/csv' })

/** A file that is about to be uploaded. */
export const AddOutput = z
  .strictObject({
    id: RunId.optional().meta({ description: 'Refused where the token is another run’s' }),
    leaseToken: LeaseToken,
    path: OutputPath,
    bytes: z.number().int().min(0).max(MAX_OUTPUT_BYTES),
    sha256: z
      .string()
      .regex(/^[0-9a-fA-F]{64}$/, 'must be a SHA-256 in hex')
      .transform((text) => text.toLowerCase())
      .optional()
      .meta({ description: 'In hex; compared with what is stored when it is committed' }),
    contentType: ContentType,
  })
  .meta({ id: 'AddOutput' })
export type AddOutput = z.input<typeof AddOutput>

/**
 * Says where to send a file of the attempt that holds the run: whole, up to 64 MB, or in parts; the URLs are good for 15 minutes and
 * make no object that is there already. Asked again, also after an interruption, it goes on with what is stored; announced
 * with other bytes, hash or type, it begins anew. A file is none of the run's before it is committed. Throws `lease_lost`,
 * `not_found`, and `conflict` where this attempt has committed another file by that name.
 */
export async function addOutput(ctx: Context, input: AddOutput): Promise<OutputUpload> {
  requireScope(ctx, 'runs:work')
  const { bytes, sha256 = null, contentType, ...rest } = parseNamed(ctx, AddOutput, input)
  const place = await outputPlace(ctx, rest)
  const before = await ctx.outputs.get(place.runId, place.fence, place.path)
  if (before !== null && before.committedAt !== null) return recorded(before, { bytes, sha256 })
  const announced = { bytes, sha256, contentType }
  const isSame = before !== null && before.createdAt !== BEING_SWEPT && isAlike(before, announced)
  const object = before === null ? null : await ctx.objects.head(place.objectKey)
  if (isSame && object?.bytes === bytes) return await nothing(ctx, before)
  const kept = isSame && (await isOpen(ctx, before)) ? before.uploadId : null
  const reserved = await reserve(ctx, place, announced, kept)
  if (reserved.committedAt !== null) return recorded(reserved, announced)
  // Only now, when nobody can commit them any more.
  if (before !== null && before.uploadId !== null && before.uploadId !== kept)
    await ctx.objects.abortMultipart({ key: before.objectKey, uploadId: before.uploadId })
  if (object !== null) await clearPlace(ctx, reserved)
  return await presignUpload(ctx, reserved)
}

type Announced = Pick<Output, 'bytes' | 'sha256' | 'contentType'>

const isAlike = (before: Announced, { bytes, sha256, contentType }: Announced) =>
  before.bytes === bytes && before.sha256 === sha256 && before.contentType === contentType

function recorded(there: Output, announced: Pick<Output, 'bytes' | 'sha256'>): OutputUpload {
  refuseOther(there, announced)
  return { path: there.path, method: 'none' }
}

/** All of it is there; its time to be committed begins anew. */
async function nothing(ctx: Context, before: Output): Promise<OutputUpload> {
  const reserved = await ctx.outputs.reserve(before)
  if (reserved !== null && reserved.committedAt !== null) return recorded(reserved, before)
  if (reserved === null && !(await isRenewed(ctx, before))) throw await whyRefused(ctx, before)
  return { path: before.path, method: 'none' }
}

/** Whether somebody else has just announced the very same. */
async function isRenewed({ outputs }: Context, before: Output): Promise<boolean> {
  const now = await outputs.get(before.runId, before.fence, before.path)
  return now !== null && now.createdAt > before.createdAt && isAlike(now, before)
}

/** Whether the upload that was begun can go on. */
async function isOpen({ objects }: Context, { objectKey: key, uploadId }: Output): Promise<boolean> {
  if (uploadId === null) return false
  try {
    await objects.listParts({ key, uploadId })
    return true
  } catch (error) {
    if (isLedgerError(error) && error.code === 'not_found') return false
    throw error
  }
}

/** The reservation, with an upload begun where there is to be one and none goes on. */
async function reserve(
  ctx: Context,
  place: OutputPlace,
  announced: Announced,
  kept: string | null,
): Promise<Output> {
  const { objectKey: key } = place
  const begun =
    announced.bytes > MAX_PUT_BYTES && kept === null
      ? await ctx.objects.createMultipart(key, { contentType: announced.contentType })
      : null
  const reserved = await ctx.outputs.reserve({ ...place, ...announced, uploadId: kept ?? begun })
  if (begun !== null && reserved?.uploadId !== begun)
    await ctx.objects.abortMultipart({ key, uploadId: begun })
  if (reserved === null) throw leaseLost(place.runId)
  return reserved
}
