import type { OpenEntry } from '../../archive/tar-from.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import { LedgerError } from '../../run/errors.ts'

/**
 * Gives the files of a manifest as they are in the object store. Throws `conflict` for one that has gone, or has another etag than it
 * had.
 */
export function openOriginals(objects: ObjectStore): OpenEntry {
  return async ({ key, etag }, from) => {
    const found = await objects.get(key, {
      ...(from > 0 ? { range: { start: from } } : {}),
      ...(etag === null ? {} : { ifMatch: etag }),
    })
    if (found !== null) return found.body
    throw new LedgerError('conflict', `${key} has gone while it was archived`)
  }
}
