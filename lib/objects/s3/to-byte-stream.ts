import type { Readable } from 'node:stream'
import { LedgerError } from '../../run/errors.ts'
import type { Place } from './place.ts'

/**
 * The body as the port has it. It ends after exactly `length` bytes or with `unavailable`: cut off, too long, or silent for
 * longer than the place has patience, counted only while somebody waits for bytes. A cancel ends the connection.
 */
export function toByteStream(source: Readable, length: number, place: Place): ReadableStream<Uint8Array> {
  const pieces = source[Symbol.asyncIterator]()
  // Cut off while nobody reads, it says so at the next read.
  source.on('error', () => {})
  let received = 0
  const broken = (how: string, cause?: unknown) =>
    new LedgerError('unavailable', `the store (${place.name}) ${how} after ${received} of ${length} bytes`, {
      cause,
    })

  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    const timer = setTimeout(() => source.destroy(broken('fell silent')), place.timeoutMs)
    const piece = await pieces
      .next()
      .catch((error: unknown) => {
        throw error instanceof LedgerError ? error : broken('broke off', error)
      })
      .finally(() => clearTimeout(timer))
    if (piece.done) {
      if (received !== length) throw broken('ended')
      controller.close()
      return
    }
    received += piece.value.length
    if (received > length) {
      source.destroy()
      throw broken('sent more')
    }
    controller.enqueue(piece.value)
  }

  return new ReadableStream<Uint8Array>({ pull, cancel: () => void source.destroy() }, { highWaterMark: 0 })
}
