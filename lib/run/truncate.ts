/** Data page rule 8: `error` is kept to 16 KB of UTF-8. */
export const MAX_ERROR_BYTES = 16_384

/**
 * The text itself when it fits; else its head and its tail with a note between, cut between characters.
 * The end of a stack or a log says more than its middle, so both ends are kept. NUL, which Postgres refuses, becomes U+FFFD.
 */
export function truncateMiddle(text: string, maxBytes = MAX_ERROR_BYTES): string {
  const clean = text.replaceAll('\u0000', '\uFFFD').toWellFormed()
  const bytes = new TextEncoder().encode(clean)
  if (bytes.length <= maxBytes) return clean
  const note = `\n… ${bytes.length - maxBytes} bytes left out …\n`
  const room = maxBytes - new TextEncoder().encode(note).length
  const head = Math.ceil(room / 2)
  const tail = room - head
  return (
    decode(bytes.subarray(0, boundaryBefore(bytes, head))) +
    note +
    decode(bytes.subarray(boundaryAfter(bytes, bytes.length - tail)))
  )
}

/** The text itself when it fits; else its head with a note after it, cut between characters: where the end of a text is not known. */
export function truncateEnd(text: string, maxBytes = MAX_ERROR_BYTES): string {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length <= maxBytes) return text
  const note = `\n… ${bytes.length - maxBytes} bytes left out …`
  const room = maxBytes - new TextEncoder().encode(note).length
  return decode(bytes.subarray(0, boundaryBefore(bytes, room))) + note
}

// A BOM is a character of the text like any other.
const decode = (bytes: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
const isContinuation = (byte: number | undefined) => byte !== undefined && (byte & 0xc0) === 0x80

function boundaryBefore(bytes: Uint8Array, index: number): number {
  while (index > 0 && isContinuation(bytes[index])) index--
  return index
}

function boundaryAfter(bytes: Uint8Array, index: number): number {
  while (index < bytes.length && isContinuation(bytes[index])) index++
  return index
}
