import type { BitReader } from './bit-reader.ts'
import { type HuffmanCode, NoBzip2, readCode, readSymbol } from './bzip2-codes.ts'
import { addToCrc, CRC_START, endCrc } from './bzip2-crc.ts'

/**
 * One block of bzip2, piece by piece; gives back its checksum, which has been compared. The bits behind its magic number are next.
 * `work` has as many places as a block of the stream may have bytes. Throws NoBzip2.
 */
export function* readBlock(bits: BitReader, work: Uint32Array): Generator<Uint8Array, number> {
  const expected = bits.readWord()
  if (bits.read(1) === 1) throw new NoBzip2('a block is shuffled, as no bzip2 has done since 1997')
  const first = bits.read(24)
  const count = readSorted(bits, work)
  if (first >= count) throw new NoBzip2('a block begins behind its end')
  link(work, count)
  const crc = yield* unsorted(work, count, first)
  if (crc !== expected) throw new NoBzip2('the checksum of a block is another')
  return crc
}

const PIECE_BYTES = 262_144
const SYMBOLS_A_GROUP = 50
const RUN_A = 0
const RUN_B = 1
/** A run is a number in powers of two: no block has a longer one. */
const LONGEST_RUN_WEIGHT = 2 ** 20

/** Reads the block's bytes, in the order that they were sorted into, to `work`; how many there are. */
function readSorted(bits: BitReader, work: Uint32Array): number {
  const used = readUsedBytes(bits)
  const nextCode = readCodes(bits, used.length + 2)
  const end = used.length + 1
  let count = 0
  for (;;) {
    let symbol = readSymbol(bits, nextCode())
    let run = 0
    for (let weight = 1; symbol === RUN_A || symbol === RUN_B; weight *= 2) {
      if (weight > LONGEST_RUN_WEIGHT) throw new NoBzip2('a run is longer than a block')
      run += symbol === RUN_A ? weight : 2 * weight
      symbol = readSymbol(bits, nextCode())
    }
    if (count + run > work.length) throw new NoBzip2('a block is too long')
    work.fill(used[0] ?? 0, count, count + run)
    count += run
    if (symbol === end) return count
    if (count === work.length) throw new NoBzip2('a block is too long')
    work[count++] = moveToFront(used, symbol - 1)
  }
}

/** Which bytes the block has, in order. */
function readUsedBytes(bits: BitReader): Uint8Array {
  const used: number[] = []
  const rows = bits.read(16)
  for (let row = 0; row < 16; row++) {
    if ((rows & (0x8000 >> row)) === 0) continue
    const columns = bits.read(16)
    for (let column = 0; column < 16; column++)
      if ((columns & (0x8000 >> column)) !== 0) used.push(row * 16 + column)
  }
  if (used.length === 0) throw new NoBzip2('a block uses no bytes')
  return Uint8Array.from(used)
}

/** The codes of a block, and which of them is for the next symbol. */
function readCodes(bits: BitReader, symbolCount: number): () => HuffmanCode {
  const codeCount = bits.read(3)
  if (codeCount < 2 || codeCount > 6) throw new NoBzip2('a block has no such number of codes')
  const recent = Uint8Array.from({ length: codeCount }, (_, n) => n)
  const selectors = Uint8Array.from({ length: bits.read(15) }, () => {
    let place = 0
    while (bits.read(1) === 1) if (++place === codeCount) throw new NoBzip2('there is no such code')
    return moveToFront(recent, place)
  })
  const codes = Array.from({ length: codeCount }, () => readCode(bits, symbolCount))
  let symbols = 0
  let code: HuffmanCode | undefined
  return () => {
    if (symbols % SYMBOLS_A_GROUP === 0) code = codes[selectors[symbols / SYMBOLS_A_GROUP] ?? codeCount]
    if (code === undefined) throw new NoBzip2('a block has more symbols than it says')
    symbols++
    return code
  }
}

function moveToFront(recent: Uint8Array, place: number): number {
  const found = recent[place] ?? 0
  recent.copyWithin(1, 0, place)
  recent[0] = found
  return found
}

/** Undoes the sorting, and the runs that were shortened before it: after four equal bytes, how many more follow. */
function* unsorted(work: Uint32Array, count: number, first: number): Generator<Uint8Array, number> {
  let piece = Buffer.allocUnsafe(PIECE_BYTES)
  let length = 0
  let crc = CRC_START
  let equal = 0
  let before = -1
  let at = (work[first] ?? 0) >>> 8
  for (let n = 0; n < count; n++) {
    const entry = work[at] ?? 0
    const byte = entry & 0xff
    at = entry >>> 8
    const isCount = equal === 4
    const value = isCount ? before : byte
    for (let copies = isCount ? byte : 1; copies > 0; copies--) {
      if (length === PIECE_BYTES) {
        yield piece
        piece = Buffer.allocUnsafe(PIECE_BYTES)
        length = 0
      }
      piece[length++] = value
      crc = addToCrc(crc, value)
    }
    equal = isCount ? 0 : byte === before ? equal + 1 : 1
    before = isCount ? -1 : byte
  }
  yield piece.subarray(0, length)
  return endCrc(crc)
}

/** Writes above each byte where the one that follows it stands. */
function link(work: Uint32Array, count: number): void {
  const places = new Uint32Array(257)
  for (let n = 0; n < count; n++) {
    const above = ((work[n] ?? 0) & 0xff) + 1
    places[above] = (places[above] ?? 0) + 1
  }
  for (let byte = 1; byte <= 256; byte++) places[byte] = (places[byte] ?? 0) + (places[byte - 1] ?? 0)
  for (let n = 0; n < count; n++) {
    const byte = (work[n] ?? 0) & 0xff
    const place = places[byte] ?? 0
    places[byte] = place + 1
    work[place] = ((work[place] ?? 0) | (n << 8)) >>> 0
  }
}
