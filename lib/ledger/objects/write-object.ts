import type { ObjectStore, PutOptions, StoredPart, Upload } from '../../ports/object-store.ts'

/** One part of an object that comes in parts: what is held in memory at most. */
const PART_BYTES = 8 * 1024 * 1024

interface WriteOptions extends Pick<PutOptions, 'contentType' | 'metadata' | 'ifAbsent'> {
  /** What it begins with, where that is known only once the source has ended: the source has as many bytes in its place. */
  head?: () => Uint8Array
}

/**
 * Writes an object whose length nobody knows before, in constant memory: in one piece where it is small, else by parts.
 * Whole or not at all; when the source throws, nothing is left. The source has ended then, however it goes. The answer is its length; null where, with `ifAbsent`, there
 * is one already, which stays.
 */
export async function writeObject(
  objects: ObjectStore,
  key: string,
  source: AsyncIterable<Uint8Array>,
  options: WriteOptions,
): Promise<number | null> {
  const parts = inParts(source)
  try {
    return await writeAll(objects, key, parts, options)
  } finally {
    // What failed before it counts, not how the source ends.
    await parts.return().catch(() => {})
  }
}

async function writeAll(
  objects: ObjectStore,
  key: string,
  parts: AsyncGenerator<Uint8Array, void>,
  options: WriteOptions,
): Promise<number | null> {
  const { head, ...put } = options
  const first = (await parts.next()).value ?? new Uint8Array(0)
  const second = first.length < PART_BYTES ? undefined : await parts.next()
  if (second === undefined || second.done) {
    if (head) first.set(head())
    return (await objects.put(key, first, put)) === null ? null : first.length
  }
  const upload = { key, uploadId: await objects.createMultipart(key, put) }
  try {
    const stored = await writeParts(objects, upload, { first, second: second.value, rest: parts, head })
    const made = await objects.completeMultipart(upload, stored, { ifAbsent: options.ifAbsent ?? false })
    return made === null ? null : stored.reduce((total, { bytes }) => total + bytes, 0)
  } catch (error) {
    await objects.abortMultipart(upload).catch(() => {})
    throw error
  }
}

async function writeParts(
  objects: ObjectStore,
  upload: Upload,
  parts: {
    first: Uint8Array
    second: Uint8Array
    rest: AsyncIterable<Uint8Array>
    head: (() => Uint8Array) | undefined
  },
): Promise<StoredPart[]> {
  const { first, second, rest, head } = parts
  const write = (number: number, part: Uint8Array) => objects.putPart(upload, number, part)
  const before = head === undefined ? await write(1, first) : undefined
  const stored = [await write(2, second)]
  for await (const part of rest) stored.push(await write(stored.length + 2, part))
  if (head) first.set(head())
  return [before ?? (await write(1, first)), ...stored]
}

/** The same bytes in pieces of `PART_BYTES`, the last one shorter. */
async function* inParts(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let pieces: Uint8Array[] = []
  let held = 0
  for await (const piece of source) {
    pieces.push(piece)
    held += piece.length
    if (held < PART_BYTES) continue
    const all = Buffer.concat(pieces)
    let at = 0
    for (; held - at >= PART_BYTES; at += PART_BYTES) yield all.subarray(at, at + PART_BYTES)
    // Copied, or the rest would hold all of it in memory.
    pieces = [Buffer.from(all.subarray(at))]
    held -= at
  }
  if (held > 0) yield Buffer.concat(pieces)
}
