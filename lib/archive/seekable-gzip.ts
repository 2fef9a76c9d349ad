import { promisify } from 'node:util'
import { constants, crc32, deflateRaw } from 'node:zlib'
import { inChunks } from './in-chunks.ts'

/** How much text lies between two points at which unpacking may begin, at least. */
export const STEP_BYTES = 1024 * 1024
/** An extra field of gzip has 65,535 bytes. */
const MOST_STEPS = 16_000

/** Of the head: gzip's own (RFC 1952), the length of the extra field, that of ours in it, and the length of a step. */
const FIXED_BYTES = 20
const ENTRY_BYTES = 4
/** Deflate, with an extra field; no time, no system. */
const MAGIC = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255])
const FIELD = 'RL'
/** An empty last block. */
const LAST_BLOCK = Buffer.from([3, 0])

const deflate = promisify(deflateRaw)

/** A gzip member that can be unpacked from points in its midst. */
export interface SeekableGzip {
  /** The member; what it begins with is zeros so far. */
  packed: AsyncIterable<Uint8Array>
  /** What the member begins with, once it was read to its end. */
  head(): Uint8Array
}

/**
 * One gzip member of so many bytes, which anything that knows gzip reads. Each step of it is compressed by itself, and where it begins stands in
 * an extra field of the head, which is known last. More than 16,000 MB come in longer steps.
 */
export function seekableGzip(source: AsyncIterable<Uint8Array>, bytes: number): SeekableGzip {
  const stepBytes = STEP_BYTES * 2 ** Math.max(0, Math.ceil(Math.log2(bytes / STEP_BYTES / MOST_STEPS)))
  const lengths: number[] = []
  const steps = Math.ceil(bytes / stepBytes)
  const head = Buffer.alloc(FIXED_BYTES + steps * ENTRY_BYTES)
  async function* packed(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(head.length)
    let sum = 0
    for await (const step of inChunks(source, stepBytes)) {
      sum = crc32(step, sum)
      const piece = await deflate(step, { finishFlush: constants.Z_FULL_FLUSH })
      lengths.push(piece.length)
      yield piece
    }
    yield Buffer.concat([LAST_BLOCK, uint32(sum), uint32(bytes % 2 ** 32)])
  }
  return {
    packed: packed(),
    head() {
      MAGIC.copy(head)
      head.writeUInt16LE(head.length - 12, 10)
      head.write(FIELD, 12, 'latin1')
      head.writeUInt16LE(head.length - 16, 14)
      head.writeUInt32LE(stepBytes, 16)
      for (const [n, length] of lengths.entries()) head.writeUInt32LE(length, FIXED_BYTES + n * ENTRY_BYTES)
      return head
    },
  }
}

/** How much of a member has to be read to know where the text before this byte is. */
export const headBytesFor = (to: number) => FIXED_BYTES + Math.ceil(to / STEP_BYTES) * ENTRY_BYTES

/** What ends a step: an empty stored block. */
export const STEP_MARK: Uint8Array = Buffer.from([0, 0, 0xff, 0xff])

/** Steps of a member: raw deflate, from byte `start` of the member, behind the mark that ends the step before, up to `end`. */
export interface PackedSteps {
  start: number
  end: number
  /** Where the text of them begins. */
  at: number
}

/** The steps with the text from byte `from` up to `to`, by the beginning of a member; null where it does not tell. */
export function packedSteps(
  begins: Uint8Array,
  { from, to }: { from: number; to: number },
): PackedSteps | null {
  const head = Buffer.from(begins.buffer, begins.byteOffset, begins.byteLength)
  if (head.length < FIXED_BYTES || !head.subarray(0, MAGIC.length).equals(MAGIC)) return null
  if (head.toString('latin1', 12, 14) !== FIELD) return null
  const stepBytes = head.readUInt32LE(16)
  const first = Math.floor(from / stepBytes)
  const last = Math.max(first, Math.ceil(to / stepBytes) - 1)
  if (head.length < FIXED_BYTES + (last + 1) * ENTRY_BYTES) return null
  let start = 12 + head.readUInt16LE(10)
  let end = start
  for (let step = 0; step <= last; step++) {
    if (step === first) start = end
    end += head.readUInt32LE(FIXED_BYTES + step * ENTRY_BYTES)
  }
  return { start, end, at: first * stepBytes }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
