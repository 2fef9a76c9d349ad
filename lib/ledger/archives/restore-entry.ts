import { createHash } from 'node:crypto'
import { ArchiveFault } from '../../archive/archive-fault.ts'
import type { Context } from '../../ports/context.ts'
import type { ArchiveEntry } from '../../run/archive-manifest.ts'
import { LedgerError } from '../../run/errors.ts'
import { writeObject } from '../objects/write-object.ts'
import type { HeldStorage } from './held-storage.ts'

/**
 * Puts one file back where it was, whole or not at all, and never over another. Throws `conflict` where another file is there, or where
 * the archive does not hold what its manifest says.
 */
export async function restoreEntry(
  ctx: Context,
  { entry, read, held }: { entry: ArchiveEntry; read: () => AsyncIterable<Uint8Array>; held: HeldStorage },
): Promise<void> {
  await held.stay()
  const { key, bytes, contentType, metadata } = entry
  // A small one is sooner sent, and refused where it is there, than looked for.
  if (bytes > SMALL_BYTES && (await isThere(ctx, entry, held))) return
  const written = await writeObject(ctx.objects, key, checked(read(), entry, held), {
    ...(contentType === null ? {} : { contentType }),
    metadata,
    ifAbsent: true,
  })
  if (written === null && !(await isThere(ctx, entry, held)))
    throw new LedgerError('unavailable', `${key} could not be put back`)
}

const SMALL_BYTES = 1024 * 1024

/** Whether the file is there as it must be. Throws `conflict` where it is another. */
async function isThere(
  { objects }: Context,
  { key, bytes, sha256 }: ArchiveEntry,
  held: HeldStorage,
): Promise<boolean> {
  const head = await objects.head(key)
  if (head === null) return false
  const found = head.bytes === bytes ? await objects.get(key) : null
  const hash = createHash('sha256')
  for await (const piece of found?.body ?? []) {
    hash.update(piece)
    await held.stay()
  }
  if (found !== null && hash.digest('hex') === sha256) return true
  throw new LedgerError('conflict', `there is another file at ${key} by now; it is not written over`)
}

/** The same bytes; at their end it throws where they are not what the manifest says, so that nothing is kept of them. */
async function* checked(
  source: AsyncIterable<Uint8Array>,
  { key, sha256 }: ArchiveEntry,
  held: HeldStorage,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  for await (const piece of source) {
    hash.update(piece)
    await held.stay()
    yield piece
  }
  if (hash.digest('hex') !== sha256)
    throw new ArchiveFault('differs', `the archive does not hold ${key} as its manifest says`)
}
