/**
 * What is kept of a chunk that does not begin past the cap, where an attempt's log may have `maxBytes`: all of it; of the one that
 * reaches the cap its whole lines before, and a line that says so. Source 000's size limits.
 */
export function cutAtCap(bytes: Uint8Array, offset: number, maxBytes: number): Uint8Array {
  if (offset + bytes.length <= maxBytes) return bytes
  const room = bytes.subarray(0, maxBytes - offset)
  const lines = room.subarray(0, room.lastIndexOf(NEWLINE) + 1)
  return Buffer.concat([lines, Buffer.from(capMark(maxBytes))])
}

/** The last line of a log that was cut. */
export const capMark = (maxBytes: number) =>
  `[runledger: this log is cut here, at ${maxBytes} bytes; what came after was not kept]\n`

const NEWLINE = 10
