import { rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { MAX_PUT_BYTES, type ObjectStore, type StoredPart, type Upload } from '../../ports/object-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { completeUpload } from './complete-upload.ts'
import { codeOf } from './disk-error.ts'
import { slices } from './file-stream.ts'
import { toPrefix } from './key-place.ts'
import { type Layout, removeFolder } from './layout.ts'
import { writeSealed } from './sealed-file.ts'
import { syncFolder } from './sync-folder.ts'
import { toSeal } from './to-seal.ts'
import { findUpload, makeUpload, openUploads, partFile, partsIn, uploadEnded } from './upload-folder.ts'

type Uploads = Pick<
  ObjectStore,
  'createMultipart' | 'putPart' | 'listParts' | 'completeMultipart' | 'abortMultipart' | 'listMultiparts'
>
const MOST = 1000

/** Objects that come in parts: a folder an upload, a file a part. */
export function diskUploads(layout: Layout): Uploads {
  return {
    createMultipart: (key, options) => makeUpload(layout, toSeal(key, options)),
    async putPart(upload, number, body) {
      if (body.length > MAX_PUT_BYTES)
        throw new LedgerError('too_large', `a part has ${MAX_PUT_BYTES} bytes at most, not ${body.length}`)
      return writePart(layout, upload, number, slices(body))
    },
    async listParts(upload) {
      const { folder } = await findUpload(layout, upload)
      return partsIn(folder, upload.key)
    },
    completeMultipart: (upload, parts, { ifAbsent = false } = {}) =>
      completeUpload(layout, upload, parts, ifAbsent),
    async abortMultipart(upload) {
      const found = await findUpload(layout, upload).catch((error: unknown) => {
        if (error instanceof LedgerError && error.code === 'not_found') return null
        throw error
      })
      if (found !== null) await removeFolder(layout, found.folder)
    },
    async listMultiparts({ prefix, limit = MOST }) {
      const below = toPrefix(prefix)
      return (await openUploads(layout))
        .map(({ key, uploadId, modifiedAt: startedAt }) => ({
          bytes: toPrefix(key),
          upload: { key, uploadId, startedAt },
        }))
        .filter(({ bytes }) => bytes.startsWith(below))
        .sort((one, other) => (one.bytes < other.bytes ? -1 : 1))
        .slice(0, limit)
        .map(({ upload }) => upload)
    },
  }
}

/** Writes one part; the one that was there is replaced once this one is whole. */
export async function writePart(
  layout: Layout,
  upload: Upload,
  number: number,
  source: AsyncIterable<Uint8Array>,
): Promise<StoredPart> {
  const { folder } = await findUpload(layout, upload)
  const path = partFile(folder, number)
  const draft = layout.draft()
  const stored = await writeSealed(draft, source, toSeal(upload.key))
  try {
    // No folder is made for it, unlike for an object: the upload may have ended meanwhile.
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw codeOf(error) === 'ENOENT' ? uploadEnded(upload.key) : error
  }
  await syncFolder(dirname(path))
  return { number, ...stored }
}
