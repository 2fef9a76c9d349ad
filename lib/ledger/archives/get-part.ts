import { ArchiveFault } from '../../archive/archive-fault.ts'
import type { Archive, ArchivePart } from '../../ports/archive-store.ts'
import type { ObjectHead, ObjectStore } from '../../ports/object-store.ts'
import { isLedgerError } from '../../run/errors.ts'

/** One part of an archive's object. Throws an ArchiveFault where the object is not there, or ends before the part begins. */
export async function getPart(
  objects: Pick<ObjectStore, 'get'>,
  { key }: Pick<Archive, 'key'>,
  { start, bytes }: Pick<ArchivePart, 'start' | 'bytes'>,
): Promise<ObjectHead & { body: ReadableStream<Uint8Array> }> {
  const found = await getRange(objects, key, { start, end: start + bytes - 1 })
  if (found === null) throw new ArchiveFault('missing', `${key} is not in the object store`)
  return found
}

async function getRange(
  objects: Pick<ObjectStore, 'get'>,
  key: string,
  range: { start: number; end: number },
): ReturnType<ObjectStore['get']> {
  try {
    return await objects.get(key, { range })
  } catch (error) {
    if (isLedgerError(error) && error.code === 'invalid') throw notWhole(key)
    throw error
  }
}

/** Said of an object that ends too early. */
export const notWhole = (key: string) => new ArchiveFault('truncated', `${key} is not as it was written`)
