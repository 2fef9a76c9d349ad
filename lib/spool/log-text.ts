import { LOG_PREFIX_BYTES, logMarkAt, logPrefix } from '../run/log-prefix.ts'

/** A whole line of a log that says what happened to the log itself. */
export function markLine(runId: string, at: Date, words: string): Buffer {
  return Buffer.from(`${logPrefix(at.getTime(), runId, ':')}[runledger: ${words}]\n`)
}

/**
 * What a line that was cut off while it was written becomes: a piece, which says that it has no end of its own. Nothing, where
 * there is no more than its prefix.
 */
export function toPiece(rest: Buffer): Buffer {
  if (rest.length <= LOG_PREFIX_BYTES) return Buffer.alloc(0)
  const piece = Buffer.concat([rest, Buffer.from('\n')])
  const prefix = piece.toString('latin1', 0, LOG_PREFIX_BYTES)
  if (logMarkAt(prefix, 0) === ':') piece.write('~', LOG_PREFIX_BYTES - 2, 'latin1')
  return piece
}
