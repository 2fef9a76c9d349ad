import { LOG_PREFIX_BYTES, type LogMark, logMarkAt } from './log-prefix.ts'

/**
 * Turns a log, in chunks cut anywhere, back into what was printed: without the prefixes, and with the pieces of a line put
 * together. What has no prefix (a mark of ours, the middle of a line with which a tail begins) passes as it is.
 */
export function rawLog(): TransformStream<Uint8Array, Uint8Array> {
  let rest: Uint8Array = new Uint8Array()
  let mark: LogMark | null = null
  let isLineStart = true

  /** The raw text of what is there; keeps back what may become a prefix. */
  function read(text: Buffer): Uint8Array {
    const characters = text.toString('latin1')
    const out = Buffer.allocUnsafe(text.length)
    let length = 0
    let at = 0
    while (at < text.length) {
      const end = text.indexOf(LINE_END, at)
      if (isLineStart) {
        if (end === -1 && text.length - at < LOG_PREFIX_BYTES) break
        mark = logMarkAt(characters, at)
        if (mark !== null) at += LOG_PREFIX_BYTES
        isLineStart = false
      }
      const next = end === -1 ? text.length : end + 1
      length += text.copy(out, length, at, end !== -1 && mark === '~' ? end : next)
      isLineStart = end !== -1
      at = next
    }
    rest = text.subarray(at)
    return out.subarray(0, length)
  }

  return new TransformStream({
    transform(chunk, controller) {
      const raw = read(Buffer.concat([rest, chunk]))
      if (raw.length > 0) controller.enqueue(raw)
    },
    flush(controller) {
      if (rest.length > 0) controller.enqueue(rest)
    },
  })
}

const LINE_END = 10
