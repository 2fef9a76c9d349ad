import { createHash } from 'node:crypto'
import { seekableGzip } from '../../archive/seekable-gzip.ts'
import type { Context } from '../../ports/context.ts'
import type { LogState } from '../../ports/log-store.ts'
import { isLedgerError, LedgerError } from '../../run/errors.ts'
import { LIMITS } from '../../run/limits.ts'
import { hashed } from '../objects/hashed.ts'
import { writeObject } from '../objects/write-object.ts'
import { requireScope } from '../require-scope.ts'
import { notFound } from '../runs/get-run.ts'
import { logKey, longerLogKey } from './log-keys.ts'
import { readObject } from './read-object.ts'
import { readPositions } from './read-positions.ts'
import { removeChunks } from './remove-chunks.ts'

/**
 * Makes one object of a run's log, and removes its chunks once that object was read back and the database names it. Killed
 * at any point and called again, it does the rest; called twice at once, it is done once. A log that grew again (a retry, a
 * lost run that came back) is made one object again, which begins with the old one. Source 000's `logFile`.
 */
export async function compactLog(ctx: Context, runId: string): Promise<void> {
  requireScope(ctx, 'admin')
  const state = await ctx.logs.state(runId)
  if (state === null) throw notFound(runId)
  if (state.bytes > state.objectBytes && !(await makeObject(ctx, state))) return
  await removeChunks(ctx, runId)
}

/**
 * False where the log has grown meanwhile, or somebody else has made the object. No object that a log may be read from is ever
 * written over: the first has the first name, if nobody has taken that, any later one is named for its length.
 */
async function makeObject(ctx: Context, state: LogState): Promise<boolean> {
  const { runId, bytes, objectBytes: previousObjectBytes } = state
  const [run] = await ctx.runs.get([runId])
  if (!run) throw notFound(runId)
  const mark = Buffer.from(missingMark(state))
  const objectBytes = bytes + mark.length
  const isLarge = objectBytes > LIMITS.logPlainBytes
  const first = state.logFile === null ? [logKey(run, isLarge)] : []
  for (const logFile of [...first, longerLogKey(run, objectBytes, isLarge)]) {
    const ifAbsent = first.includes(logFile)
    const { isOurs, sha256 } = await write(ctx, state, { logFile, mark, isLarge, ifAbsent })
    if ((await hashOf(ctx, { logFile, objectBytes, isOurs })) === sha256)
      return ctx.logs.setObject(runId, { logFile, objectBytes, previousObjectBytes, markBytes: mark.length })
    if (isOurs)
      throw new LedgerError('unavailable', `${logFile} is not as it was written; its chunks are kept`)
  }
  return false
}

/** Writes the whole log, and says by which hash it must be read back; not ours: there is an object of that name. */
async function write(
  ctx: Context,
  { runId, bytes }: LogState,
  how: { logFile: string; mark: Uint8Array; isLarge: boolean; ifAbsent: boolean },
): Promise<{ isOurs: boolean; sha256: string }> {
  const { logFile, mark, isLarge, ifAbsent } = how
  const hash = createHash('sha256')
  const objectBytes = bytes + mark.length
  const text = hashed(chained(readPositions(ctx, runId, 0, bytes), mark), hash)
  const about = { metadata: { bytes: String(objectBytes) }, ifAbsent }
  const { packed, head } = seekableGzip(text, objectBytes)
  const written = isLarge
    ? await writeObject(ctx.objects, logFile, packed, { ...about, contentType: 'application/gzip', head })
    : await writeObject(ctx.objects, logFile, text, { ...about, contentType: 'text/plain; charset=utf-8' })
  return { isOurs: written !== null, sha256: hash.digest('hex') }
}

/** What an object reads as; null for one of somebody else's that is shorter. */
async function hashOf(
  ctx: Context,
  { logFile, objectBytes, isOurs }: { logFile: string; objectBytes: number; isOurs: boolean },
): Promise<string | null> {
  const hash = createHash('sha256')
  try {
    for await (const piece of readObject(ctx.objects, logFile, { from: 0, to: objectBytes }))
      hash.update(piece)
  } catch (error) {
    if (isOurs || !isLedgerError(error)) throw error
    return null
  }
  return hash.digest('hex')
}

/** A line in place of what the holder spoke of when it ended the run, and never sent; nothing where it sent all. */
function missingMark({ finalOffset, nextOffset }: LogState): string {
  const missing = finalOffset === null ? 0 : finalOffset - nextOffset
  return missing > 0 ? `[runledger: the last ${missing} bytes of this log never arrived]\n` : ''
}

async function* chained(first: AsyncIterable<Uint8Array>, last: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* first
  if (last.length > 0) yield last
}
