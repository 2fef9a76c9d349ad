import { constants, copyFile, rm } from 'node:fs/promises'
import type { StoredObject } from '../../ports/object-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { codeOf } from './disk-error.ts'
import type { Layout } from './layout.ts'
import { publish } from './publish.ts'
import { openSealed, putSeal } from './sealed-file.ts'

/** The bytes go from file to file in the kernel, where it can without being written twice. On any error nothing is left. */
export async function copyObject(layout: Layout, from: string, to: string): Promise<StoredObject> {
  const [source, path, draft] = [layout.fileOf(from), layout.fileOf(to), layout.draft()]
  try {
    await copyFile(source, draft, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL).catch(
      (error: unknown) => {
        throw codeOf(error) === 'ENOENT' ? new LedgerError('not_found', `there is no object ${from}`) : error
      },
    )
    const stored = await sealAs(draft, to)
    await publish(draft, path, false)
    return stored
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** Has a copied file be of another key. */
async function sealAs(draft: string, key: string): Promise<StoredObject> {
  const copied = await openSealed(draft, 'r+')
  if (copied === null) throw new LedgerError('unavailable', `${draft} was removed by something else`)
  const { handle, head } = copied
  try {
    await handle.truncate(head.bytes)
    await putSeal(handle, { ...head, key })
  } finally {
    await handle.close()
  }
  return { etag: head.etag, bytes: head.bytes }
}
