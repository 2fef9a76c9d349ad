import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { OutboundAnswer } from '../ports/outbound.ts'

/** Twice what is kept of it in the end, when secrets have been looked for: one that is cut here is cut off whole there. */
const KEPT_BYTES = 32_768

/** The answer with what is kept of its body; what comes after that is not waited for. */
export async function readAnswer(message: IncomingMessage): Promise<OutboundAnswer> {
  const chunks: Buffer[] = []
  let bytes = 0
  // To leave the loop is to close the connection.
  for await (const chunk of message as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= KEPT_BYTES) break
  }
  return {
    status: message.statusCode ?? 0,
    body: toText(Buffer.concat(chunks).subarray(0, KEPT_BYTES)),
    retryAfterMs: retryAfterOf(message.headers),
  }
}

/** Seconds, or a date, which is measured by the receiver's own clock. */
function retryAfterOf({ 'retry-after': after, date }: IncomingHttpHeaders): number | null {
  if (after === undefined) return null
  const ms = /^\d{1,9}$/.test(after) ? Number(after) * 1_000 : Date.parse(after) - Date.parse(date ?? '')
  return ms >= 0 ? ms : null
}

/** As text that every database keeps, without the half of a character at its end. */
function toText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes, { stream: true }).replaceAll('\u0000', '\uFFFD')
}
