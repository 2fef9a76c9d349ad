import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { ObjectStore } from '../../ports/object-store.ts'
import { LedgerError } from '../../run/errors.ts'

/**
 * The text of a log object from byte `from` up to `to`, streamed. A compressed one is read from its beginning. Ends at once
 * where there is no such object; one that ends before `to` throws `unavailable`.
 */
export async function* readObject(
  objects: Pick<ObjectStore, 'get'>,
  key: string,
  { from, to }: { from: number; to: number },
): AsyncGenerator<Uint8Array> {
  if (key.endsWith('.gz')) return yield* readCompressed(objects, key, from, to)
  const found = await objects.get(key, { range: { start: from, end: to - 1 } })
  if (found !== null) yield* found.body
}

async function* readCompressed(
  objects: Pick<ObjectStore, 'get'>,
  key: string,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  const found = await objects.get(key)
  if (found === null) return
  let at = 0
  for await (const piece of unzipped(found.body)) {
    const part = piece.subarray(Math.max(0, from - at), Math.max(0, to - at))
    at += piece.length
    if (part.length > 0) yield part
    if (at >= to) return
  }
  throw new LedgerError('unavailable', `${key} ends at ${at}, before ${to}`)
}

/** The stream unpacked, no faster than it is read. What breaks off throws; whoever stops reading lets go of the source. */
export function unzipped(packed: ReadableStream<Uint8Array>): Readable {
  const unzip = createGunzip()
  // Ends either with the other; a failure is told to the reader of `unzip`.
  pipeline(Readable.fromWeb(packed), unzip, () => {})
  return unzip
}
