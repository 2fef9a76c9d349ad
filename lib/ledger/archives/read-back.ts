import { createHash } from 'node:crypto'
import { ArchiveFault } from '../../archive/archive-fault.ts'
import { checkArchive } from '../../archive/check-archive.ts'
import { codec } from '../../archive/codec.ts'
import type { Archive, ArchivePart } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import type { ObjectHead } from '../../ports/object-store.ts'
import { checkByParts, type ReadBack } from './check-by-parts.ts'

/** What was found of an archive that is what it must be. */
export interface FoundWhole {
  bytes: number
  sha256: string
}

/**
 * Reads an archive's object from the store and compares all of it: each part with what was sent, each entry with the manifest,
 * through another decoder than the one that wrote it. Null where time ran out before the end of a large one: called again, it goes
 * on. Throws an ArchiveFault where it is not what it must be.
 */
export async function readBack(ctx: Context, work: ReadBack): Promise<FoundWhole | null> {
  const { archive } = work
  const parts = await ctx.archives.parts(archive.runId, archive.attempt)
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
  if (bytes > work.wholeBytes || archive.tarBytes > WHOLE_TIMES * work.wholeBytes) {
    const sha256 = await checkByParts(ctx, work, parts)
    return sha256 === null ? null : { bytes, sha256 }
  }
  const { body } = await open(ctx, archive)
  const by = codec(archive.compression)
  const expect = { bytes, manifestSha256: archive.manifestSha256 }
  return await checkArchive(comparedParts(body, work, parts), { codec: by, expect })
}

/** What compressed to less takes its time all the same. */
const WHOLE_TIMES = 8

async function open(
  { objects }: Context,
  { key }: Archive,
): Promise<ObjectHead & { body: ReadableStream<Uint8Array> }> {
  const found = await objects.get(key)
  if (found !== null) return found
  throw new ArchiveFault('missing', `${key} is not in the object store`)
}

/** The same bytes, each part compared with what was sent as it passes. */
async function* comparedParts(
  body: AsyncIterable<Uint8Array>,
  { archive, stay }: ReadBack,
  parts: ArchivePart[],
): AsyncGenerator<Uint8Array> {
  let n = 0
  let left = parts[0]?.bytes ?? 0
  let hash = createHash('sha256')
  for await (const piece of body) {
    await stay()
    for (let at = 0; at < piece.length; ) {
      const part = parts[n]
      if (part === undefined) throw new ArchiveFault('extra', `${archive.key} has more bytes than were sent`)
      const end = Math.min(piece.length, at + left)
      hash.update(piece.subarray(at, end))
      left -= end - at
      at = end
      if (left > 0) continue
      if (hash.digest('hex') !== part.sha256)
        throw new ArchiveFault('damaged', `part ${part.number} of ${archive.key} is not what was sent`)
      n++
      left = parts[n]?.bytes ?? 0
      hash = createHash('sha256')
    }
    yield piece
  }
}
