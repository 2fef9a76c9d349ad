import { ArchiveFault } from './archive-fault.ts'
import { BitReader, OutOfBits } from './bit-reader.ts'
import { readBlock } from './bzip2-block.ts'
import { NoBzip2 } from './bzip2-codes.ts'
import { addBlockCrc } from './bzip2-crc.ts'

/**
 * All streams of a bzip2 file. Written anew: those on npm can hang on a damaged file, and take 400 MB for a block of zeros. Nothing of
 * libbzip2, which compresses, is in it.
 */
export async function* decodeBzip2(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const bits = new BitReader()
  let stream: Stream | null = null
  let isFirst = true
  for await (const hasEnded of filled(bits, source)) {
    try {
      for (;;) {
        if (!hasEnded && bits.left < ENOUGH_BYTES) break
        if (stream === null && bits.left === 0 && !isFirst) return
        stream ??= readHead(bits, isFirst)
        isFirst = false
        if (yield* readNext(bits, stream)) continue
        stream = null
      }
    } catch (error) {
      throw toFault(error)
    }
  }
}

/** More than any block has, compressed. */
const ENOUGH_BYTES = 1_100_000
const BLOCK_MAGIC = [0x314159, 0x265359]
const END_MAGIC = [0x177245, 0x385090]

interface Stream {
  work: Uint32Array
  crc: number
}

/** Adds to the bits as they come, and tells whenever there are enough for a block; then that there are no more. */
async function* filled(bits: BitReader, source: AsyncIterable<Uint8Array>): AsyncGenerator<boolean> {
  let chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of source) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bits.left + bytes < ENOUGH_BYTES) continue
    bits.add(chunks)
    chunks = []
    bytes = 0
    yield false
  }
  bits.add(chunks)
  yield true
}

function readHead(bits: BitReader, isFirst: boolean): Stream {
  const isOther = bits.read(8) !== 0x42 || bits.read(8) !== 0x5a || bits.read(8) !== 0x68
  if (isOther && !isFirst) throw new ArchiveFault('extra', 'something follows the end of the archive')
  const level = isOther ? 0 : bits.read(8) - 0x30
  if (level < 1 || level > 9) throw new NoBzip2('it does not begin as bzip2 does')
  return { work: new Uint32Array(level * 100_000), crc: 0 }
}

/** The bytes of the next block; whether there was one. */
function* readNext(bits: BitReader, stream: Stream): Generator<Uint8Array, boolean> {
  const magic = [bits.read(24), bits.read(24)]
  if (isEqual(magic, BLOCK_MAGIC)) {
    stream.crc = addBlockCrc(stream.crc, yield* readBlock(bits, stream.work))
    return true
  }
  if (!isEqual(magic, END_MAGIC)) throw new NoBzip2('neither a block nor the end is where one must be')
  if (bits.readWord() !== stream.crc) throw new NoBzip2('the checksum of the stream is another')
  bits.align()
  return false
}

const isEqual = (a: number[], b: number[]) => a.every((value, n) => value === b[n])

function toFault(error: unknown): unknown {
  if (error instanceof OutOfBits)
    return new ArchiveFault('truncated', 'the archive breaks off', { cause: error })
  if (error instanceof NoBzip2)
    return new ArchiveFault('damaged', `the archive does not decompress: ${error.message}`, { cause: error })
  return error
}
