import type { Codec } from './codec.ts'
import type { TarLayout } from './lay-out.ts'
import { type OpenEntry, tarFrom } from './tar-from.ts'

/** A piece of an archive that is whole by itself: one compressed member, of the tar from `tarStart` up to `tarEnd`. */
export interface ArchivePart {
  body: Uint8Array
  tarStart: number
  tarEnd: number
}

/**
 * The archive from `tarStart` of its tar on, in parts of at least `atLeastBytes` compressed (the last one may be smaller): put one
 * behind the other they are the file. After any of them it may be left, and taken up again at its `tarEnd`. Holds one part in
 * memory. Throws as `tarFrom` does.
 */
export async function* archiveParts(
  layout: TarLayout,
  { codec, tarStart = 0, atLeastBytes, open }: PartOptions,
): AsyncGenerator<ArchivePart> {
  const tar = tarFrom(layout, tarStart, open)
  try {
    for (let at = tarStart; at < layout.tarBytes; ) {
      const chunks: Uint8Array[] = []
      let bytes = 0
      let tarEnd = at
      async function* untilFull() {
        while (bytes < atLeastBytes && tarEnd < layout.tarBytes) {
          const { value, done } = await tar.next()
          if (done) return
          tarEnd += value.length
          yield value
        }
      }
      for await (const chunk of codec.member(untilFull())) {
        chunks.push(chunk)
        bytes += chunk.length
      }
      yield { body: Buffer.concat(chunks), tarStart: at, tarEnd }
      at = tarEnd
    }
  } finally {
    await tar.return(undefined)
  }
}

export interface PartOptions {
  codec: Codec
  tarStart?: number
  atLeastBytes: number
  open: OpenEntry
}
