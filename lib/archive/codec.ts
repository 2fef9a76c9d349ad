import type { ArchiveCompression } from '../run/archive-manifest.ts'
import { LedgerError } from '../run/errors.ts'
import { gunzip, gzipMember } from './gzip.ts'

type Convert = (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>

/**
 * One way to compress an archive. What it needs is loaded when it is first used; where it cannot be, that throws `unavailable`.
 * Both ways back throw an ArchiveFault: `truncated`, `damaged`, or `extra` where something follows that is no member.
 */
export interface Codec {
  name: ArchiveCompression
  contentType: string
  /** These bytes, so that they decompress by themselves; such members, one behind the other, decompress to all of it. */
  member: Convert
  /** All members. */
  decompress: Convert
  /** The same, by another decoder than the library's that wrote them where there is one; of xz one at a time in a process. */
  readBack: Convert
}

/** The codec of this name. */
export function codec(name: ArchiveCompression): Codec {
  switch (name) {
    case 'gzip':
      return {
        name,
        contentType: 'application/gzip',
        member: gzipMember,
        decompress: gunzip,
        readBack: gunzip,
      }
    case 'bz2':
      return { name, contentType: 'application/x-bzip2', ...lazily(name, () => import('./bz2.ts')) }
    case 'xz':
      return { name, contentType: 'application/x-xz', ...lazily(name, () => import('./xz.ts')) }
  }
}

type Library = Pick<Codec, 'member' | 'decompress' | 'readBack'>

function lazily(
  name: ArchiveCompression,
  load: () => Promise<Library & { ready(): Promise<void> }>,
): Library {
  async function open(): Promise<Library> {
    try {
      const library = await load()
      await library.ready()
      return library
    } catch (cause) {
      throw new LedgerError('unavailable', `${name} cannot be used here: its library cannot be loaded`, {
        cause,
      })
    }
  }
  return {
    async *member(source) {
      yield* (await open()).member(source)
    },
    async *decompress(source) {
      yield* (await open()).decompress(source)
    },
    async *readBack(source) {
      yield* (await open()).readBack(source)
    },
  }
}
