import type { BitReader } from './bit-reader.ts'

/** Thrown where bits mean nothing. */
export class NoBzip2 extends Error {}

/** A Huffman code: the symbol that the next bits are. */
export interface HuffmanCode {
  shortest: number
  /** Per length, the last code word of it (-1: none). */
  limits: Int32Array
  /** Per length, what makes a code word of it an index into the symbols. */
  bases: Int32Array
  symbols: Uint16Array
}

const LONGEST = 20

/** Reads how long the code word of each symbol is, and makes the code of it. */
export function readCode(bits: BitReader, symbolCount: number): HuffmanCode {
  const lengths = new Uint8Array(symbolCount)
  let length = bits.read(5)
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    for (;;) {
      if (length < 1 || length > LONGEST) throw new NoBzip2('a code word has no such length')
      if (bits.read(1) === 0) break
      length += bits.read(1) === 0 ? 1 : -1
    }
    lengths[symbol] = length
  }
  return toCode(lengths)
}

/** The next symbol. */
export function readSymbol(bits: BitReader, { shortest, limits, bases, symbols }: HuffmanCode): number {
  let word = bits.read(shortest)
  for (let length = shortest; length <= LONGEST; length++) {
    if (word <= (limits[length] ?? -1)) {
      const symbol = symbols[word - (bases[length] ?? 0)]
      if (symbol === undefined) break
      return symbol
    }
    word = (word << 1) | bits.read(1)
  }
  throw new NoBzip2('there is no such code word')
}

/** Code words of one length follow each other; those of the next length begin behind them, with a bit more. */
function toCode(lengths: Uint8Array): HuffmanCode {
  const symbols = new Uint16Array(lengths.length)
  const limits = new Int32Array(LONGEST + 1).fill(-1)
  const bases = new Int32Array(LONGEST + 1)
  let index = 0
  let word = 0
  for (let length = 1; length <= LONGEST; length++) {
    bases[length] = word - index
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] !== length) continue
      symbols[index++] = symbol
      limits[length] = word++
    }
    word <<= 1
  }
  return { shortest: Math.min(...lengths), limits, bases, symbols }
}
