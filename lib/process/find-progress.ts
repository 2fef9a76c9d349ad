import { parseProgress } from './parse-progress.ts'

export type Progress = NonNullable<ReturnType<typeof parseProgress>>

/**
 * Finds the lines of a stream by which a script tells how far it is, as `parseProgress` reads them, without looking closely at
 * any other: of hundreds of megabytes, most are only searched for the word. Of what one chunk says, the last counts.
 */
export class ProgressFinder {
  readonly #onProgress: (progress: Progress) => void
  /** The beginning of a line whose end has not come yet. */
  #begun: Buffer = NOTHING

  constructor(onProgress: (progress: Progress) => void) {
    this.#onProgress = onProgress
  }

  push(chunk: Buffer): void {
    const end = lastLineEnd(chunk)
    if (end === -1) {
      this.#begin(chunk)
      return
    }
    const first = firstLineEnd(chunk)
    const found = newest(chunk.subarray(first, end)) ?? read(this.#begin(chunk.subarray(0, first)))
    this.#begun = NOTHING
    this.#begin(chunk.subarray(end + 1))
    if (found) this.#onProgress(found)
  }

  /** The last line may have no end. */
  end(): void {
    const found = read(this.#begun)
    this.#begun = NOTHING
    if (found) this.#onProgress(found)
  }

  #begin(more: Buffer): Buffer {
    const room = MOST_BYTES - this.#begun.length
    if (room > 0 && more.length > 0) this.#begun = Buffer.concat([this.#begun, more.subarray(0, room)])
    return this.#begun
  }
}

const NOTHING = Buffer.alloc(0)
/** Of a line, 4,096 characters are looked at, of four bytes at most. */
const MOST_BYTES = 4 * 4_096
const LF = 10
const CR = 13
const WORD = /progress/gi

/** What the last such line of some says. */
function newest(lines: Buffer): Progress | null {
  // A character is a byte here, which costs next to nothing.
  const text = lines.toString('latin1')
  const hits = Array.from(text.matchAll(WORD), ({ index }) => index)
  let end = lines.length
  for (const hit of hits.reverse()) {
    if (hit >= end) continue
    const before = text.slice(text.lastIndexOf('\n', hit) + 1, hit)
    const start = hit - before.length + before.lastIndexOf('\r') + 1
    const found = read(lines.subarray(start, firstLineEnd(lines, hit)))
    if (found) return found
    end = start
  }
  return null
}

const read = (line: Buffer) => parseProgress(line.toString('utf8', 0, MOST_BYTES))

const lastLineEnd = (bytes: Buffer) => Math.max(bytes.lastIndexOf(LF), bytes.lastIndexOf(CR))

function firstLineEnd(bytes: Buffer, from = 0): number {
  const feed = bytes.indexOf(LF, from)
  const end = feed === -1 ? bytes.length : feed
  const carriage = bytes.subarray(from, end).indexOf(CR)
  return carriage === -1 ? end : from + carriage
}
