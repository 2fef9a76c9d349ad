import { codeEnd, escapeEnd } from './log-codes.ts'

/** The bytes of a log from `start` up to `end`. */
export interface LogRange {
  start: number
  end: number
}

/**
 * A log as text in which secrets can be looked for, with a character for each byte, so that the places are the same, also in
 * what is no UTF-8. What is not ASCII is a dot: as latin1, half of a sign could be a letter. Codes for colours are `CODE`, and
 * `\n` and such as JSON has them are spaces, for their letters would stand at the beginning of the next word.
 */
export function viewLog(bytes: Uint8Array): string {
  const view = Buffer.allocUnsafe(bytes.length)
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    view[at] = byte < 0x80 ? byte : DOT
    if (byte !== ESCAPE && byte !== BACKSLASH) continue
    const end = byte === ESCAPE ? codeEnd(bytes, at) : escapeEnd(bytes, at)
    if (end === at) continue
    view.fill(byte === ESCAPE ? CODE : ' ', at, end)
    at = end - 1
  }
  return view.toString('latin1')
}

/** White space that logs do not have. */
export const CODE = '\v'
const [ESCAPE, BACKSLASH, DOT] = [0x1b, 0x5c, 0xb7]
