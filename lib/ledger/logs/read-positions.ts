import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Context } from '../../ports/context.ts'
import type { LogChunk, LogState } from '../../ports/log-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { archivedFiles, isArchived } from '../archives/archived-files.ts'
import { notFound } from '../runs/get-run.ts'
import { readObject } from './read-object.ts'

const CHUNKS = 100
/** Chunks that are fetched at once, and their bytes: most logs are many small ones, each an answer of the store away. */
const AHEAD = 16
const AHEAD_BYTES = 4 * 1024 * 1024
/** How often the same position is looked for, while compaction takes chunks away under the reader. */
const TRIES = 5

/**
 * A run's log from position `from` up to `to`, wherever its bytes are by now: in the log object, in chunks, first in one and then in
 * the other, or in the run's archive. Little is read before it is asked for: 16 chunks, 4 MB (or one larger one) are held at most. Each chunk is
 * checked against its hash. Throws `unavailable` for what is not there or not as it was.
 */
export async function* readPositions(
  ctx: Context,
  runId: string,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  let at = from
  for (let tries = 0; at < to && tries < TRIES; tries++) {
    const before = at
    const state = await ctx.logs.state(runId)
    if (state === null) throw notFound(runId)
    const pieces = at < state.objectBytes ? fromObject(ctx, state, at, to) : fromChunks(ctx, runId, at, to)
    for await (const piece of pieces) {
      at += piece.length
      yield piece
    }
    if (at > before) tries = -1
  }
  if (at < to)
    throw new LedgerError('unavailable', `the log of run ${runId} has no bytes at ${at} in the object store`)
}

async function* fromObject(
  ctx: Context,
  { runId, storageState, logFile, objectBytes }: LogState,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  if (logFile === null) return
  const part = { from, to: Math.min(to, objectBytes) }
  if (!isArchived(storageState)) return yield* readObject(ctx.objects, logFile, part)
  const files = await archivedFiles(ctx, runId)
  try {
    yield* readObject(files, logFile, part)
  } finally {
    await files.close()
  }
}

/** Ends early where a chunk has gone: the log object has it by then. A few are fetched before they are asked for. */
async function* fromChunks(
  ctx: Context,
  runId: string,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  const chunks = (await ctx.logs.chunks(runId, from, CHUNKS)).filter(({ position }) => position < to)
  const ahead: { chunk: LogChunk; reading: Promise<Buffer | null> }[] = []
  let aheadBytes = 0
  for (let next = 0; next < chunks.length || ahead.length > 0; ) {
    const chunk = chunks[next]
    if (chunk && (ahead.length === 0 || (ahead.length < AHEAD && aheadBytes + chunk.bytes < AHEAD_BYTES))) {
      const reading = readChunk(ctx, chunk)
      // It is waited for below, or nobody is there to be told any more.
      reading.catch(() => {})
      ahead.push({ chunk, reading })
      aheadBytes += chunk.bytes
      next++
      continue
    }
    const one = ahead.shift()
    const bytes = await one?.reading
    if (!one || !bytes) return
    aheadBytes -= one.chunk.bytes
    yield bytes.subarray(Math.max(0, from - one.chunk.position), to - one.chunk.position)
  }
}

async function readChunk(ctx: Context, { objectKey, sha256, position }: LogChunk): Promise<Buffer | null> {
  const found = objectKey === null ? null : await ctx.objects.get(objectKey)
  if (found === null) return null
  const stored = await buffer(found.body)
  const bytes = await promisify(gunzip)(stored).catch(() => null)
  if (bytes !== null && createHash('sha256').update(bytes).digest('hex') === sha256) return bytes
  throw new LedgerError('unavailable', `${objectKey}, the log from ${position} on, is not as it was written`)
}
