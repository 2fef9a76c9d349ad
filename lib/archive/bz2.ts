import { setImmediate as turn } from 'node:timers/promises'
import { openBzip2Encoder, STREAM_BYTES } from './bzip2-encoder.ts'
import { inChunks } from './in-chunks.ts'

export { decodeBzip2 as decompress, decodeBzip2 as readBack } from './bzip2-decoder.ts'

/** Resolves once libbzip2 is there. */
export async function ready(): Promise<void> {
  await openBzip2Encoder()
}

/**
 * The bytes as bzip2 streams of one block each. A block is computed in one go, which takes a tenth of a second; others have their
 * turn in between.
 */
export async function* member(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const encode = await openBzip2Encoder()
  let isEmpty = true
  for await (const block of inChunks(source, STREAM_BYTES)) {
    isEmpty = false
    yield encode(block)
    await turn()
  }
  if (isEmpty) yield encode(new Uint8Array())
}
