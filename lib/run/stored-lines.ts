import { characterStart } from './log-line.ts'
import { LOG_PREFIX_BYTES, logMarkAt } from './log-prefix.ts'

/** One line of a run's log. */
export interface LogLine {
  /** Where in the log it begins, in bytes. */
  position: number
  /** When it was printed; null for a line that no writer of ours has made. */
  at: string | null
  /** What was printed, without its line end. */
  text: Buffer
  /** Whether what was printed goes on in the next line. */
  cut: boolean
  /** As the log has it. */
  stored: Buffer
}

const LINE_END = 10
const PAGE = 1_000
/** A line of ours has 64 KB; what has no end for longer than this is given out in pieces. */
const LONGEST = 1024 * 1024

/** The lines of a log, or of the part of it from this position on, that comes in pieces cut anywhere: as they come, up to 1,000 at once. */
export async function* logLines(pieces: AsyncIterable<Uint8Array>, from = 0): AsyncGenerator<LogLine[]> {
  let rest: Buffer = Buffer.alloc(0)
  let position = from
  for await (const piece of pieces) {
    const text = Buffer.concat([rest, piece])
    const lines: LogLine[] = []
    let start = 0
    for (let end = text.indexOf(LINE_END, rest.length); end !== -1; end = text.indexOf(LINE_END, start)) {
      lines.push(toLine(text.subarray(start, end), position + start))
      start = end + 1
      if (lines.length === PAGE) yield lines.splice(0)
    }
    rest = text.subarray(start)
    position += start
    if (rest.length > LONGEST) {
      const length = characterStart(rest, rest.length - 1)
      lines.push({ ...toLine(rest.subarray(0, length), position), cut: true })
      rest = rest.subarray(length)
      position += length
    }
    if (lines.length > 0) yield lines
  }
  if (rest.length > 0) yield [toLine(rest, position)]
}

/** A line as JSON has it: what is not UTF-8 is told by U+FFFD. */
export function toJsonLine({ at, text, cut }: LogLine): { at: string | null; text: string; cut: boolean } {
  return { at, text: text.toString(), cut }
}

function toLine(stored: Buffer, position: number): LogLine {
  const prefix = stored.toString('latin1', 0, LOG_PREFIX_BYTES)
  const mark = logMarkAt(prefix, 0)
  if (mark === null) return { position, at: null, text: stored, cut: false, stored }
  const at = prefix.slice(1, prefix.indexOf(']'))
  return { position, at, text: stored.subarray(LOG_PREFIX_BYTES), cut: mark === '~', stored }
}
