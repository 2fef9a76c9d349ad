import type { ArchiveCompression } from '../run/archive-manifest.ts'
import { type Codec, codec } from './codec.ts'

/** What files of each kind begin with. */
const MAGIC: [ArchiveCompression, number[]][] = [
  ['gzip', [0x1f, 0x8b]],
  ['bz2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
]

/** How many bytes it takes to tell. */
export const MAGIC_BYTES = 6

/** The codec of a file that begins like this, whatever it is called; null where it is of none. */
export function findCodec(start: Uint8Array): Codec | null {
  const found = MAGIC.find(([, magic]) => magic.every((byte, n) => start[n] === byte))
  return found === undefined ? null : codec(found[0])
}
