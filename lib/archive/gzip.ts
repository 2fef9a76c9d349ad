import { createGunzip, createGzip } from 'node:zlib'
import { ArchiveFault } from './archive-fault.ts'
import { counted } from './counted.ts'
import { through } from './through.ts'

const CHUNK_BYTES = 64 * 1_024

/** One gzip member, as `gzip -6` would compress it. */
export function gzipMember(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return through(source, createGzip({ level: 6, chunkSize: CHUNK_BYTES }))
}

/** One gzip member, of bytes that are not compressed. */
export function plainGzipMember(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return through(source, createGzip({ level: 0, chunkSize: CHUNK_BYTES }))
}

/** All members of a gzip file: each one's length and checksum are compared. */
export async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const inflate = createGunzip({ chunkSize: CHUNK_BYTES })
  const start: number[] = []
  const given = counted(source, (chunk) => start.push(...chunk.subarray(0, MAGIC.length - start.length)))
  try {
    yield* through(given.stream, inflate)
  } catch (error) {
    throw toFault(error, start)
  }
  if (given.bytes() === 0) throw new ArchiveFault('truncated', 'the archive is empty')
  // What follows a member and begins with a zero, zlib leaves where it is, and says nothing.
  if (inflate.bytesWritten < given.bytes()) throw somethingFollows()
}

const MAGIC = [0x1f, 0x8b]

function toFault(error: unknown, start: number[]): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (typeof code !== 'string' || !code.startsWith('Z_')) return error
  if (code === 'Z_BUF_ERROR') return new ArchiveFault('truncated', 'the archive breaks off', { cause: error })
  // What follows a member, it takes for another one.
  const isNoMember = error instanceof Error && error.message === 'incorrect header check'
  if (isNoMember && MAGIC.every((byte, n) => start[n] === byte)) return somethingFollows(error)
  return new ArchiveFault('damaged', 'the archive does not decompress', { cause: error })
}

const somethingFollows = (cause?: unknown) =>
  new ArchiveFault('extra', 'something follows the end of the archive', { cause })
