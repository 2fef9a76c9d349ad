import { createHash } from 'node:crypto'
import type { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { BEING_SWEPT, type Output } from '../../ports/output-store.ts'
import { LedgerError } from '../../run/errors.ts'
import type { RunOutput } from '../../run/run-output.ts'
import { requireScope } from '../require-scope.ts'
import { AddOutput } from './add-output.ts'
import { clearPlace } from './clear-place.ts'
import { completeParts } from './complete-parts.ts'
import { outputPlace } from './output-place.ts'
import { parseNamed } from './parse-named.ts'
import { recordOutput, whyRefused } from './record-output.ts'
import { toRunOutput } from './to-run-output.ts'

/** A file that was uploaded. */
export const CommitOutput = AddOutput.pick({ id: true, leaseToken: true, path: true }).meta({
  id: 'CommitOutput',
})
export type CommitOutput = z.input<typeof CommitOutput>

/**
 * Makes an uploaded file one of the run's: puts its parts together, reads it through, compares length and hash with what was
 * announced, records it. Called again it answers the same. Throws `conflict` for what is not uploaded (wholly) yet; `invalid`
 * where other bytes are stored than were announced: they are removed, and the file can be sent again; `lease_lost`, `not_found`.
 */
export async function commitOutput(ctx: Context, input: CommitOutput): Promise<RunOutput> {
  requireScope(ctx, 'runs:work')
  const { runId, fence, path } = await outputPlace(ctx, parseNamed(ctx, CommitOutput, input))
  const output = await ctx.outputs.get(runId, fence, path)
  if (output === null || output.createdAt === BEING_SWEPT)
    throw notUploaded(path, 'it was not announced; announce it first')
  if (output.committedAt !== null) return toRunOutput(output)
  if (output.uploadId !== null) await completeParts(ctx, output, output.uploadId)
  const found = await readThrough(ctx, output)
  const fault = faultOf(output, found)
  return fault === null ? await recordOutput(ctx, output, found) : await refuse(ctx, output, fault)
}

interface Found {
  bytes: number
  sha256: string
  etag: string | null
}

/** What is stored, from its first to its last byte. One that has another length than announced is not read. */
async function readThrough({ objects }: Context, { objectKey, path, bytes }: Output): Promise<Found> {
  const head = await objects.head(objectKey)
  if (head === null) throw notUploaded(path, 'send it to the URL that it was announced for')
  if (head.bytes !== bytes) return { bytes: head.bytes, sha256: '', etag: head.etag }
  const found = await objects.get(objectKey, head.etag === null ? {} : { ifMatch: head.etag })
  if (found === null) throw notUploaded(path, 'send it again')
  const hash = createHash('sha256')
  for await (const piece of found.body) hash.update(piece)
  return { bytes: found.bytes, sha256: hash.digest('hex'), etag: found.etag }
}

function faultOf({ bytes, sha256 }: Output, found: Found): string | null {
  if (found.bytes !== bytes) return `has ${found.bytes} bytes in the store, and ${bytes} were announced`
  if (sha256 !== null && found.sha256 !== sha256)
    return `has the sha256 ${found.sha256} in the store, and ${sha256} was announced`
  return null
}

/** Removes what is stored, once nobody can record it any more; where it was announced anew since, it is theirs. */
async function refuse(ctx: Context, output: Output, fault: string): Promise<RunOutput> {
  const renewed = await ctx.outputs.reserve({ ...output, uploadId: null })
  if (renewed === null) throw await whyRefused(ctx, output)
  if (renewed.committedAt !== null) return toRunOutput(renewed)
  await clearPlace(ctx, renewed)
  throw new LedgerError('invalid', `${output.path} ${fault}; it was removed, announce and send it again`, {
    issues: [{ path: 'path', message: fault }],
  })
}

/** The 409 of a file that is not there. */
export function notUploaded(path: string, why: string): LedgerError {
  return new LedgerError('conflict', `${path} is not uploaded yet: ${why}`)
}
