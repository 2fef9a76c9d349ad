import type { Hash } from 'node:crypto'

/** The same pieces, each of them added to the hash as it passes. */
export async function* hashed(source: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    hash.update(piece)
    yield piece
  }
}
