import type { ArchiveCompression } from '../run/archive-manifest.ts'
import { LedgerError } from '../run/errors.ts'
import { gunzip, gzipMember, plainGzipMember } from './gzip.ts'

type Convert = (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>

/**
 * One way to compress an archive. What it needs is loaded when it is first used. bzip2 and xz compress by libraries that no bundle
 * carries: where they are not beside it, `member` throws `unavailable`, and both ways back work all the same. These
 * throw an ArchiveFault: `truncated`, `damaged`, or `extra` where something follows that is no member.
 */
export interface Codec {
  name: ArchiveCompression
  contentType: string
  /** These bytes, so that they decompress by themselves; such members, one behind the other, decompress to all of it. */
  member: Convert
  /** The same, and as good as no time is taken: the bytes are as they were. Null where there is no such member. */
  plainMember: Convert | null
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
        plainMember: plainGzipMember,
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
): Library & Pick<Codec, 'plainMember'> {
  return {
    plainMember: null,
    async *member(source) {
      const { member, ready } = await load()
      await ready().catch((cause: unknown) => {
        throw new LedgerError(
          'unavailable',
          `nothing can be compressed by ${name} here: its library is not there`,
          {
            cause,
          },
        )
      })
      yield* member(source)
    },
    async *decompress(source) {
      yield* (await load()).decompress(source)
    },
    async *readBack(source) {
      yield* (await load()).readBack(source)
    },
  }
}
