import type { FileHandle } from 'node:fs/promises'
import { LedgerError } from '../../run/errors.ts'
import { toDiskError } from './disk-error.ts'

const PIECE_BYTES = 256 * 1024

/**
 * The bytes of an open file from `start` up to but not with `end`, each piece read when it is asked for. Closes the file at
 * the end, on an error and on a cancel. A file that ends early throws `unavailable`.
 */
export function fileStream(handle: FileHandle, start: number, end: number): ReadableStream<Uint8Array> {
  const pieces = filePieces(handle, start, end)
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      // Where nothing was read yet, the generator has not begun and would not close.
      cancel: () => handle.close(),
    },
    { highWaterMark: 0 },
  )
}

/** The same, one piece after the other. */
export async function* filePieces(
  handle: FileHandle,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, undefined> {
  try {
    for (let at = start; at < end; ) {
      const piece = new Uint8Array(Math.min(PIECE_BYTES, end - at))
      const { bytesRead } = await handle.read(piece, 0, piece.length, at)
      if (bytesRead === 0) throw new LedgerError('unavailable', 'an object on disk ends before its end')
      at += bytesRead
      yield piece.subarray(0, bytesRead)
    }
  } catch (error) {
    throw toDiskError(error, 'an object on disk')
  } finally {
    await handle.close()
  }
}

/** Bytes in memory, a piece at a time, so that others have their turn in between. */
export async function* slices(body: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.length; at += PIECE_BYTES) yield body.subarray(at, at + PIECE_BYTES)
}
