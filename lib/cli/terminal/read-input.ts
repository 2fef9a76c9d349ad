import type { Readable } from 'node:stream'
import { LedgerError } from '../../run/errors.ts'
import { spokenBytes } from './spoken-time.ts'

/**
 * All of a stream as text in UTF-8, without its byte order mark. Throws `too_large` past `mostBytes`, reading no further,
 * and `invalid` for bytes that are no UTF-8.
 */
export async function readInput(stream: Readable, mostBytes: number): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let bytes = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > mostBytes)
      throw new LedgerError('too_large', `stdin is longer than ${spokenBytes(mostBytes)}: nothing was sent`)
    text += decoded(() => decoder.decode(chunk, { stream: true }))
  }
  return text + decoded(() => decoder.decode())
}

function decoded(decode: () => string): string {
  try {
    return decode()
  } catch {
    throw new LedgerError('invalid', 'stdin is not text in UTF-8')
  }
}
