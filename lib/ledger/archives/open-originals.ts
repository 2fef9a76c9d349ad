import type { OpenEntry } from '../../archive/tar-from.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import { LedgerError } from '../../run/errors.ts'
import type { HeldStorage } from './held-storage.ts'

/**
 * Gives the files of a manifest as they are in the object store, and keeps hold of the run's storage while they are read. Throws
 * `conflict` for one that has gone, or has another etag than it had; `lease_lost`.
 */
export function openOriginals(objects: ObjectStore, { stay }: Pick<HeldStorage, 'stay'>): OpenEntry {
  return async ({ key, etag }, from) => {
    const found = await objects.get(key, {
      ...(from > 0 ? { range: { start: from } } : {}),
      ...(etag === null ? {} : { ifMatch: etag }),
    })
    if (found !== null) return whileHeld(found.body, stay)
    throw new LedgerError('conflict', `${key} has gone while it was archived`)
  }
}

/** The same bytes; `stay` is called at each piece, and ends it by what it throws. */
export async function* whileHeld(
  body: AsyncIterable<Uint8Array>,
  stay: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  for await (const piece of body) {
    await stay()
    yield piece
  }
}
