import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { LogState } from '../../ports/log-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { RunId } from '../../run/ids.ts'
import { LIMITS } from '../../run/limits.ts'
import { parseInput } from '../parse-input.ts'
import { seesProject } from '../project.ts'
import { requireScope } from '../require-scope.ts'
import { notFound } from '../runs/get-run.ts'
import { leaseLost } from '../runs/heartbeat-runs.ts'
import { fromLeaseToken, LeaseToken } from '../runs/lease-token.ts'
import { cutAtCap } from './cut-at-cap.ts'
import { chunkKey } from './log-keys.ts'

/** What goes with the bytes of one chunk. */
export const AppendLog = z.strictObject({
  id: RunId,
  leaseToken: LeaseToken,
  offset: z
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .meta({ description: 'Bytes this attempt has sent before' }),
  bytes: z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be bytes'),
})
export type AppendLog = z.input<typeof AppendLog>

export interface Appended {
  /** Where the next chunk goes on. */
  nextOffset: number
}

const TRIES = 3

/**
 * Adds a chunk to the log of the attempt that holds the run: first to the object store, secrets overwritten, then to the
 * database, which decides. The same chunk again is accepted once; one that does not begin where the log ends throws
 * `conflict` with `expectedOffset`. Throws `lease_lost`, `too_large`. Past the cap nothing more is kept, and the log says so.
 */
export async function appendLog(ctx: Context, input: AppendLog): Promise<Appended> {
  requireScope(ctx, 'runs:work')
  const { id, leaseToken, offset, bytes } = parseInput(AppendLog, input)
  if (bytes.length > LIMITS.logChunkBytes)
    throw new LedgerError('too_large', `a chunk of a log has ${LIMITS.logChunkBytes} bytes at most`)
  const lease = fromLeaseToken(ctx.signer, leaseToken, id)
  const chunk: Chunk = { runId: lease.id, fence: lease.fence, offset, bytes, sha256: sha256Of(bytes) }
  for (let tries = 0; tries < TRIES; tries++) {
    const state = await stateFor(ctx, chunk)
    if (offset !== state.nextOffset || bytes.length === 0) return repeated(ctx, chunk, state)
    if (!state.isOpen) throw leaseLost(chunk.runId)
    const added = await add(ctx, chunk)
    if (added === null) continue
    ctx.signals.emit(logTopic(chunk.runId))
    return { nextOffset: added.nextOffset }
  }
  throw new LedgerError('unavailable', `the log of run ${chunk.runId} is being written by others; try again`)
}

/** The hint that a run's log has grown. */
export const logTopic = (runId: string) => `log:${runId}`

interface Chunk {
  runId: string
  fence: number
  offset: number
  bytes: Uint8Array
  /** Of the bytes as sent. */
  sha256: string
}

/** How far the log is, for the holder of this lease alone. */
async function stateFor(ctx: Context, { runId, fence }: Chunk): Promise<LogState> {
  const state = await ctx.logs.state(runId)
  if (state === null || !seesProject(ctx.actor, state.projectId)) throw notFound(runId)
  if (state.fence !== fence) throw leaseLost(runId)
  return state
}

/** What begins elsewhere than at the log's end: sent before, or not in its turn. */
async function repeated(ctx: Context, chunk: Chunk, { nextOffset }: LogState): Promise<Appended> {
  const { runId, fence, offset, bytes, sha256 } = chunk
  if (offset === nextOffset) return { nextOffset }
  const before = offset < nextOffset ? await ctx.logs.chunkAt(runId, fence, offset) : null
  if (before?.sentSha256 === sha256 && before.sentBytes === bytes.length) return { nextOffset }
  // Of what is not kept there is nothing to compare with.
  const isPastCap = before === null && offset > ctx.logMaxBytes
  if (isPastCap && offset + bytes.length <= nextOffset && bytes.length > 0) return { nextOffset }
  throw new LedgerError(
    'conflict',
    `the log of run ${runId} goes on at offset ${nextOffset}, not ${offset}`,
    {
      expectedOffset: nextOffset,
    },
  )
}

/** Null where the run, its lease or its log is no longer as it was. */
async function add(ctx: Context, chunk: Chunk): Promise<LogState | null> {
  const { runId, fence, offset, bytes, sha256: sentSha256 } = chunk
  const sent = { runId, fence, offset, sentBytes: bytes.length, sentSha256 }
  if (offset > ctx.logMaxBytes)
    return ctx.logs.append({
      ...sent,
      bytes: 0,
      sha256: sha256Of(new Uint8Array(0)),
      objectKey: null,
      endsInKey: false,
    })
  const before = offset === 0 ? null : await ctx.logs.lastChunk(runId, fence)
  // Somebody was faster: what this chunk would be redacted by is not what stands before it.
  if (before !== null && before.offset + before.sentBytes !== offset) return null
  const clean = await ctx.redactor.redactLog(bytes, { inKey: before?.endsInKey ?? false })
  // Cut only then: half a secret is not known for one.
  const kept = cutAtCap(clean.bytes, offset, ctx.logMaxBytes)
  const sha256 = sha256Of(kept)
  const objectKey = chunkKey(runId, fence, offset, sha256)
  await ctx.objects.put(objectKey, await gzipped(kept), {
    contentType: 'application/gzip',
    metadata: { bytes: String(kept.length), sha256 },
  })
  return ctx.logs.append({
    ...sent,
    bytes: kept.length,
    sha256,
    objectKey,
    endsInKey: clean.endsInKey,
  })
}

/** Fast: the log is compressed once more, and better, when the run has ended. */
const gzipped = (bytes: Uint8Array) => promisify(gzip)(bytes, { level: 1 })

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
