import { buffer } from 'node:stream/consumers'
import { constants, createGunzip, createInflateRaw } from 'node:zlib'
import { headBytesFor, packedSteps, STEP_BYTES, STEP_MARK } from '../../archive/seekable-gzip.ts'
import { through } from '../../archive/through.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import { LedgerError } from '../../run/errors.ts'

type Objects = Pick<ObjectStore, 'get'>
type Part = { from: number; to: number }
type Text = { body: AsyncIterable<Uint8Array>; at: number }

/**
 * The text of a log object from byte `from` up to `to`, streamed. Of a compressed one no more is fetched than the steps that are asked for;
 * one that does not tell of its steps is unpacked from its beginning. Ends at once where there is no such object; one that ends before
 * `to`, or does not unpack, throws `unavailable`.
 */
export async function* readObject(objects: Objects, key: string, part: Part): AsyncGenerator<Uint8Array> {
  if (key.endsWith('.gz')) return yield* readCompressed(objects, key, part)
  const found = await objects.get(key, { range: { start: part.from, end: part.to - 1 } })
  if (found !== null) yield* found.body
}

async function* readCompressed(objects: Objects, key: string, part: Part): AsyncGenerator<Uint8Array> {
  const { from, to } = part
  const text = (from < STEP_BYTES ? null : await fromStep(objects, key, part)) ?? (await whole(objects, key))
  if (text === null) return
  let { at } = text
  try {
    for await (const piece of text.body) {
      const wanted = piece.subarray(Math.max(0, from - at), Math.max(0, to - at))
      at += piece.length
      if (wanted.length > 0) yield wanted
      if (at >= to) return
    }
  } catch (error) {
    throw isDamage(error) ? new LedgerError('unavailable', `${key} does not unpack`, { cause: error }) : error
  }
  throw new LedgerError('unavailable', `${key} ends at ${at}, before ${to}`)
}

async function whole(objects: Objects, key: string): Promise<Text | null> {
  const found = await objects.get(key)
  return found && { body: through(found.body, createGunzip()), at: 0 }
}

async function fromStep(objects: Objects, key: string, part: Part): Promise<Text | null> {
  const begins = await objects.get(key, { range: { start: 0, end: headBytesFor(part.to) - 1 } })
  const steps = begins && packedSteps(await buffer(begins.body), part)
  // The first one is not behind a mark.
  if (steps === null || steps.at === 0) return null
  const range = { start: steps.start - STEP_MARK.length, end: steps.end - 1 }
  const found = await objects.get(key, { range })
  // What was asked for ends within the member, so the last block need not come.
  const inflate = createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH })
  return found && { body: through(behindMark(found.body, key), inflate), at: steps.at }
}

/** What follows the end of a step. Throws `unavailable` where none ends here. */
async function* behindMark(body: AsyncIterable<Uint8Array>, key: string): AsyncGenerator<Uint8Array> {
  let left = STEP_MARK
  for await (const piece of body) {
    const mark = piece.subarray(0, left.length)
    if (!mark.every((byte, n) => byte === left[n]))
      throw new LedgerError('unavailable', `${key} has no step where it tells of one`)
    left = left.subarray(mark.length)
    if (piece.length > mark.length) yield piece.subarray(mark.length)
  }
}

const isDamage = (error: unknown) =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_')
