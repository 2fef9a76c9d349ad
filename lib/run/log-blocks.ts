import { characterStart } from './log-line.ts'

/** Whole lines of a log. */
export interface LogBlock {
  /** Where in the log it begins, in bytes. */
  position: number
  bytes: Buffer
  /** It ends within a line, which is too long for one block. */
  isOpen: boolean
}

const BLOCK = 256 * 1024
/** What has no line end for longer than this is cut, between two characters. */
const LONGEST = 1024 * 1024
const LINE_END = 10

/** A log, or the part of it from this position on, that comes in pieces cut anywhere: in blocks of whole lines, each 256 KB or a little more. */
export async function* logBlocks(pieces: AsyncIterable<Uint8Array>, from = 0): AsyncGenerator<LogBlock> {
  let held: Uint8Array[] = []
  let length = 0
  let hasLineEnd = false
  let position = from
  for await (const piece of pieces) {
    held.push(piece)
    length += piece.length
    hasLineEnd ||= piece.includes(LINE_END)
    if (length < BLOCK || (!hasLineEnd && length < LONGEST)) continue
    const all = Buffer.concat(held)
    const end = hasLineEnd ? all.lastIndexOf(LINE_END) + 1 : characterStart(all, all.length - 1)
    yield { position, bytes: all.subarray(0, end), isOpen: !hasLineEnd }
    held = [all.subarray(end)]
    length = all.length - end
    hasLineEnd = false
    position += end
  }
  if (length > 0) yield { position, bytes: Buffer.concat(held), isOpen: false }
}
