import type { Codec } from './codec.ts'
import type { TarLayout } from './lay-out.ts'
import { type OpenEntry, tarFrom } from './tar-from.ts'

/** A piece of an archive that is whole by itself: compressed members, of the tar from `tarStart` up to `tarEnd`. */
export interface ArchivePart {
  body: Uint8Array
  tarStart: number
  tarEnd: number
}

export interface PartOptions {
  codec: Codec
  tarStart?: number
  /** A part ends when it has so many bytes compressed. */
  atLeastBytes: number
  /** Or when it is of so much of the tar, whatever that comes to: asked as it grows, so that it may be less when time is over. */
  atMostTarBytes?: () => number
  /** What one that ends by that has all the same: it is filled with what comes next, not compressed. */
  fillBytes?: number
  open: OpenEntry
}

/**
 * The archive from `tarStart` of its tar on, in parts (the last one may be smaller): put one behind the other they are the file. After
 * any of them it may be left, and taken up again at its `tarEnd`. Holds one part in memory. Only gzip has parts that end by what they are
 * of. Throws as `tarFrom` does.
 */
export async function* archiveParts(
  layout: TarLayout,
  {
    codec,
    tarStart = 0,
    atLeastBytes,
    atMostTarBytes = () => layout.tarBytes,
    fillBytes = 0,
    open,
  }: PartOptions,
): AsyncGenerator<ArchivePart> {
  const { member, plainMember } = codec
  const tar = tarFrom(layout, tarStart, open)
  try {
    for (let at = tarStart; at < layout.tarBytes; ) {
      const chunks: Uint8Array[] = []
      let bytes = 0
      let tarEnd = at
      async function* tarUntil(isFull: () => boolean) {
        while (!isFull() && tarEnd < layout.tarBytes) {
          const { value, done } = await tar.next()
          if (done) return
          tarEnd += value.length
          yield value
        }
      }
      const add = async (made: AsyncIterable<Uint8Array>) => {
        for await (const chunk of made) {
          chunks.push(chunk)
          bytes += chunk.length
        }
      }
      const isLong = () => plainMember !== null && tarEnd - at >= atMostTarBytes()
      await add(member(tarUntil(() => bytes >= atLeastBytes || isLong())))
      if (plainMember !== null && bytes < fillBytes && tarEnd < layout.tarBytes)
        await add(plainMember(tarUntil(() => bytes >= fillBytes)))
      yield { body: Buffer.concat(chunks), tarStart: at, tarEnd }
      at = tarEnd
    }
  } finally {
    await tar.return(undefined)
  }
}
