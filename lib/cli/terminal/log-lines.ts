import { LOG_PREFIX_BYTES, logMarkAt } from '../../run/log-prefix.ts'

/** One line of a run's log. */
export interface LogLine {
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

/** The lines of a log that comes in pieces cut anywhere, as they come, up to 1,000 at once. */
export async function* logLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<LogLine[]> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of pieces) {
    const text = Buffer.concat([rest, piece])
    const lines: LogLine[] = []
    let start = 0
    for (let end = text.indexOf(LINE_END, rest.length); end !== -1; end = text.indexOf(LINE_END, start)) {
      lines.push(toLine(text.subarray(start, end)))
      start = end + 1
      if (lines.length === PAGE) yield lines.splice(0)
    }
    rest = text.subarray(start)
    if (rest.length > LONGEST) {
      lines.push({ ...toLine(rest), cut: true })
      rest = Buffer.alloc(0)
    }
    if (lines.length > 0) yield lines
  }
  if (rest.length > 0) yield [toLine(rest)]
}

/** A line as JSON has it: what is not UTF-8 is told by U+FFFD. */
export function toJsonLine({ at, text, cut }: LogLine): { at: string | null; text: string; cut: boolean } {
  return { at, text: text.toString(), cut }
}

function toLine(stored: Buffer): LogLine {
  const prefix = stored.toString('latin1', 0, LOG_PREFIX_BYTES)
  const mark = logMarkAt(prefix, 0)
  if (mark === null) return { at: null, text: stored, cut: false, stored }
  const at = prefix.slice(1, prefix.indexOf(']'))
  return { at, text: stored.subarray(LOG_PREFIX_BYTES), cut: mark === '~', stored }
}
