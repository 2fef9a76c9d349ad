import {
  type GetOptions,
  MAX_PUT_BYTES,
  type ObjectStore,
  type PutOptions,
} from '../../ports/object-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { copyObject } from './copy-object.ts'
import { fileStream, slices } from './file-stream.ts'
import type { Layout } from './layout.ts'
import { publish } from './publish.ts'
import { openSealed, readSealed, type SealedHead, writeSealed } from './sealed-file.ts'
import { toSeal } from './to-seal.ts'

type Objects = Pick<ObjectStore, 'put' | 'get' | 'head' | 'copy'>

/** Reading and writing of whole objects in a folder. */
export function diskObjects(layout: Layout): Objects {
  return {
    put: (key, body, options) => put(layout, key, body, options),
    get: (key, options) => get(layout.fileOf(key), key, options),
    async head(key) {
      const found = await readSealed(layout.fileOf(key))
      return found && withoutKey(found)
    },
    copy: (from, to) => copyObject(layout, from, to),
  }
}

async function put(layout: Layout, key: string, body: Uint8Array, options: PutOptions = {}) {
  const path = layout.fileOf(key)
  const seal = toSeal(key, options)
  if (body.length > MAX_PUT_BYTES)
    throw new LedgerError(
      'too_large',
      `${key} has ${body.length} bytes: over ${MAX_PUT_BYTES}, send it in parts`,
    )
  const draft = layout.draft()
  const stored = await writeSealed(draft, slices(body), seal, options.sha256)
  return (await publish(draft, path, options.ifAbsent ?? false)) ? stored : null
}

async function get(path: string, key: string, { range, ifMatch }: GetOptions = {}) {
  const found = await openSealed(path)
  if (found === null) return null
  const { handle, head } = found
  try {
    if (ifMatch !== undefined && ifMatch !== head.etag)
      throw new LedgerError('conflict', `${key} is not the object it was: its etag is ${head.etag}`)
    const { start, end } = within(head, key, range)
    return { ...withoutKey(head), body: fileStream(handle, start, end) }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Where to read from, and up to but not with. */
function within(
  { bytes }: SealedHead,
  key: string,
  range: GetOptions['range'],
): { start: number; end: number } {
  if (range === undefined) return { start: 0, end: bytes }
  const { start, end = bytes - 1 } = range
  if (Number.isInteger(start) && start >= 0 && start < bytes && end >= start)
    return { start, end: Math.min(end + 1, bytes) }
  throw new LedgerError('invalid', `${key} has ${bytes} bytes: there is none from ${start} to ${end}`)
}

function withoutKey({ key: _, ...head }: SealedHead) {
  return head
}
