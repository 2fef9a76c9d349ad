import { LOG_PREFIX_BYTES, logMarkAt } from '../run/log-prefix.ts'
import { CODE, type LogRange } from './log-view.ts'

/**
 * The lines of a log (as `viewLog` shows it) that do not stand there as they were printed, put together: those that are kept in
 * pieces, and those with codes for colours, without them, for `grep` puts some within a secret. `toLog` says where in
 * the log a range of this text is; `endsInPiece`, that the last line goes on behind the log.
 */
export function joinLines(view: string): JoinedLines {
  let code = view.indexOf(CODE)
  if (code === -1 && !view.includes('~ ')) return { text: '', endsInPiece: false, toLog: () => [] }
  const text = Buffer.allocUnsafe(view.length)
  const origins = new Uint32Array(view.length)
  let length = 0
  let isPiece = false
  for (let at = 0, next = 0; at < view.length; at = next) {
    next = view.indexOf('\n', at) + 1 || view.length
    if (code !== -1 && code < at) code = view.indexOf(CODE, at)
    const mark = logMarkAt(view, at)
    const goesOn = isPiece
    isPiece = mark === '~'
    if (!goesOn && !isPiece && (code === -1 || code >= next)) continue
    const end = isPiece && view[next - 1] === '\n' ? next - 1 : next
    for (let from = mark === null ? at : at + LOG_PREFIX_BYTES; from < end; from++)
      if (view[from] !== CODE) {
        text[length] = view.charCodeAt(from)
        origins[length++] = from
      }
  }
  return {
    text: text.toString('latin1', 0, length),
    endsInPiece: isPiece,
    toLog: (range) => toRanges(origins.subarray(range.start, range.end)),
  }
}

interface JoinedLines {
  text: string
  endsInPiece: boolean
  toLog(range: LogRange): LogRange[]
}

/** Places as ranges of those that stand together. */
function toRanges(places: Uint32Array): LogRange[] {
  const ranges: LogRange[] = []
  for (const place of places) {
    const last = ranges.at(-1)
    if (last?.end === place) last.end++
    else ranges.push({ start: place, end: place + 1 })
  }
  return ranges
}
