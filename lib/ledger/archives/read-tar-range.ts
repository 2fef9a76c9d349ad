import { codec } from '../../archive/codec.ts'
import type { Archive, ArchivePart } from '../../ports/archive-store.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import { getPart, notWhole } from './get-part.ts'

/** Reads pieces of the tar in an archive. */
export interface TarReader {
  /** The tar from byte `from` up to `to`. One piece is read to its end before the next is asked for. */
  read(from: number, to: number): AsyncGenerator<Uint8Array>
  close(): Promise<void>
}

/**
 * Reads an archive by its parts, each of which decompresses by itself: of a piece in the middle no more is fetched than the parts it
 * is in. What is asked for in the order of the tar is read in one go. Throws an ArchiveFault where the archive is not there, or not whole.
 */
export function readTarOf(objects: ObjectStore, archive: Archive, parts: ArchivePart[]): TarReader {
  let tar: AsyncGenerator<Uint8Array> | null = null
  let at = 0
  let rest: Uint8Array = new Uint8Array(0)
  const close = async () => {
    await tar?.return(undefined)
    tar = null
  }
  const seek = async (from: number) => {
    const part = parts.findLast(({ tarStart }) => tarStart <= from)
    if (part === undefined) throw notWhole(archive.key)
    // What is ahead in the same part is sooner read past than fetched again.
    if (tar !== null && at >= part.tarStart && at <= from) return
    await close()
    tar = tarFromPart(objects, archive, parts.slice(part.number - 1))
    at = part.tarStart
    rest = new Uint8Array(0)
  }
  return {
    close,
    async *read(from, to) {
      if (from >= to) return
      await seek(from)
      while (at < to) {
        if (rest.length === 0) {
          const next = await tar?.next()
          if (next === undefined || next.done) throw notWhole(archive.key)
          rest = next.value
        }
        const piece = rest.subarray(0, to - at)
        const begins = Math.max(0, from - at)
        rest = rest.subarray(piece.length)
        at += piece.length
        if (begins < piece.length) yield piece.subarray(begins)
      }
    },
  }
}

async function* tarFromPart(
  objects: ObjectStore,
  archive: Archive,
  parts: ArchivePart[],
): AsyncGenerator<Uint8Array> {
  const by = codec(archive.compression)
  for (const part of parts) yield* by.decompress((await getPart(objects, archive, part)).body)
}
