import { LOG_PREFIX_BYTES, logPrefix } from './log-prefix.ts'

/** What a line of a log holds at most; of a longer one, pieces of about this size are kept. */
export const MAX_LOG_LINE_BYTES = 64 * 1024

/**
 * Makes the lines of a run's log from what its streams print. They share one log; each keeps its own unfinished line, so
 * that lines stand whole, in the order in which they ended, with the time at which they did. The bytes stay as they are.
 */
export class LogLines {
  readonly #runId: string
  readonly #unfinished = new Map<string, Buffer>()
  #prefixes = { atMs: Number.NaN, line: NOTHING, piece: NOTHING }

  constructor(runId: string) {
    this.#runId = runId
  }

  /** The lines that this chunk ends, and full pieces of one that has become too long. The chunk itself is not kept. */
  add(stream: string, chunk: Uint8Array, atMs: number): Buffer {
    const kept = this.#unfinished.get(stream) ?? NOTHING
    const text = Buffer.concat([kept, chunk])
    const { line, piece } = this.#prefixesAt(atMs)
    const out = Buffer.allocUnsafe(mostBytes(text, kept.length))
    let length = 0
    const write = (prefix: Buffer, start: number, end: number) => {
      length += prefix.copy(out, length)
      length += text.copy(out, length, start, end)
    }
    const writePieces = (start: number, end: number): number => {
      let from = start
      while (end - from > MAX_LOG_LINE_BYTES) {
        const to = characterStart(text, from + MAX_LOG_LINE_BYTES)
        write(piece, from, to)
        out[length++] = LINE_END
        from = to
      }
      return from
    }

    let start = 0
    for (let end = text.indexOf(LINE_END, kept.length); end !== -1; end = text.indexOf(LINE_END, start)) {
      write(line, writePieces(start, end), end + 1)
      start = end + 1
    }
    this.#unfinished.set(stream, text.subarray(writePieces(start, text.length)))
    return out.subarray(0, length)
  }

  /** What no line end has come for yet, as pieces: a prompt that waits for an answer, or the end. What comes later goes on there. */
  flushUnfinished(atMs: number): Buffer {
    const { piece } = this.#prefixesAt(atMs)
    const rests = [...this.#unfinished.values()].filter(({ length }) => length > 0)
    this.#unfinished.clear()
    return Buffer.concat(rests.flatMap((rest) => [piece, rest, Buffer.of(LINE_END)]))
  }

  #prefixesAt(atMs: number) {
    if (this.#prefixes.atMs !== atMs) {
      const line = Buffer.from(logPrefix(atMs, this.#runId, ':'), 'latin1')
      const piece = Buffer.from(logPrefix(atMs, this.#runId, '~'), 'latin1')
      this.#prefixes = { atMs, line, piece }
    }
    return this.#prefixes
  }
}

const NOTHING = Buffer.alloc(0)
const LINE_END = 10
// A character of UTF-8 has three more bytes at most.
const MIN_PIECE_BYTES = MAX_LOG_LINE_BYTES - 3

/** How long the lines of a text may become, which has no line end before `from`. */
function mostBytes(text: Buffer, from: number): number {
  let lines = Math.floor(text.length / MIN_PIECE_BYTES)
  for (let end = text.indexOf(LINE_END, from); end !== -1; end = text.indexOf(LINE_END, end + 1)) lines++
  return text.length + lines * (LOG_PREFIX_BYTES + 1)
}

/** Where the character begins in which this index is; the index itself in what is no UTF-8. */
export function characterStart(text: Buffer, index: number): number {
  let start = index
  while (start > index - 3 && isContinuation(text[start])) start--
  return isContinuation(text[start]) ? index : start
}

const isContinuation = (byte: number | undefined) => byte !== undefined && (byte & 0xc0) === 0x80
