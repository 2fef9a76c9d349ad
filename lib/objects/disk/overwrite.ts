import type { Layout } from './layout.ts'
import { openSealed } from './sealed-file.ts'

const PIECE = Buffer.alloc(1024 * 1024)

/** Writes zeros over an object's bytes, in its own file, and syncs them: what is known of it stays, so that it can still be listed. */
export async function overwrite({ fileOf }: Layout, key: string): Promise<void> {
  const found = await openSealed(fileOf(key), 'r+')
  if (found === null) return
  const { handle, head } = found
  try {
    for (let at = 0; at < head.bytes; ) {
      const { bytesWritten } = await handle.write(PIECE, 0, Math.min(PIECE.length, head.bytes - at), at)
      at += bytesWritten
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
}
