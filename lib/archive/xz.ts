import xzDecompress from 'xz-decompress'
import { ArchiveFault } from './archive-fault.ts'

/** As `xz -6` compresses; 90 MB of memory. */
const PRESET = 6

/** Resolves once the library is there. It is native: a bundle can only import it when it is needed, from beside it. */
export async function ready(): Promise<void> {
  await native()
}

const native = () => import('@napi-rs/lzma/xz')

/** One xz stream. It is computed in a thread of its own. */
export async function* member(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { compressStream } = await native()
  yield* viaWeb(source, (stream) => compressStream(stream, { preset: PRESET }))
}

/** All xz streams, by the library that writes them, in a thread of its own; where it is not there, by the other one. */
export async function* decompress(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const library = await native().catch(() => null)
  yield* library === null ? readBack(source) : viaWeb(source, library.decompressStream)
}

/** All xz streams, by another library. One at a time in a process: the next one waits for its end. */
export function readBack(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return viaWeb(source, (stream) => new xzDecompress.XzReadableStream(stream))
}

/**
 * What a library makes of a stream. What the source throws is thrown as it was; the rest is the archive's fault. The source is let go
 * of, too, by the library that does not.
 */
async function* viaWeb(
  source: AsyncIterable<Uint8Array>,
  convert: (stream: ReadableStream<Uint8Array>) => ReadableStream<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const broken: { error?: unknown } = {}
  let firstByte: number | undefined
  async function* watched() {
    try {
      for await (const chunk of source) {
        firstByte ??= chunk[0]
        yield chunk
      }
    } catch (error) {
      broken.error = error
      throw error
    }
  }
  const given = watched()
  try {
    yield* convert(ReadableStream.from(given))
  } catch (error) {
    throw 'error' in broken ? broken.error : toFault(error, firstByte)
  } finally {
    // It may be waiting for bytes that never come.
    given.return(undefined).catch(() => {})
  }
}

const BREAKS_OFF = /^failed to fill whole buffer|error code 8$|^Cannot read properties of null/
const IS_NO_STREAM = /^invalid data after stream|error code 5$/
const FIRST_BYTE = 0xfd

function toFault(error: unknown, firstByte: number | undefined): ArchiveFault {
  const words = error instanceof Error ? error.message : ''
  if (BREAKS_OFF.test(words)) return new ArchiveFault('truncated', 'the archive breaks off', { cause: error })
  if (firstByte === FIRST_BYTE && IS_NO_STREAM.test(words))
    return new ArchiveFault('extra', 'something follows the end of the archive', { cause: error })
  return new ArchiveFault('damaged', 'the archive does not decompress', { cause: error })
}
