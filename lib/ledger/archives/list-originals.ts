import type { ListedObject, ObjectStore } from '../../ports/object-store.ts'

const PAGE = 1_000

/** Every object below a prefix, by its key. */
export async function listBelow(objects: ObjectStore, prefix: string): Promise<Map<string, ListedObject>> {
  const found = new Map<string, ListedObject>()
  for (let startAfter = ''; ; ) {
    const page = await objects.list({ prefix, startAfter, limit: PAGE })
    for (const object of page) found.set(object.key, object)
    const last = page.at(-1)
    if (last === undefined) return found
    startAfter = last.key
  }
}

/** What there is of a run's originals: below its folder, and of the keys that are elsewhere. */
export async function listOriginals(
  objects: ObjectStore,
  folder: string,
  keys: Iterable<string>,
): Promise<Map<string, ListedObject>> {
  const prefix = originalsPrefix(folder)
  const found = await listBelow(objects, prefix)
  for (const key of keys) {
    if (key.startsWith(prefix)) continue
    const head = await objects.head(key)
    if (head !== null)
      found.set(key, { key, bytes: head.bytes, etag: head.etag, modifiedAt: head.modifiedAt })
  }
  return found
}

/** Below which a run's outputs are. */
export const originalsPrefix = (folder: string) => `jobs/${folder}/`
