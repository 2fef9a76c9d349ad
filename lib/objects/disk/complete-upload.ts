import { MIN_PART_BYTES, type StoredObject, type StoredPart, type Upload } from '../../ports/object-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { filePieces } from './file-stream.ts'
import { type Layout, removeFolder } from './layout.ts'
import { publish } from './publish.ts'
import { openSealed, readSealed, writeSealed } from './sealed-file.ts'
import { findUpload, partFile, partsIn, uploadEnded } from './upload-folder.ts'

type Given = Pick<StoredPart, 'number' | 'etag'>

/**
 * Makes one object of the parts, byte after byte, and then removes the upload. Killed before the object is there, the upload
 * is as it was; killed after, it is still listed, and may be completed again or aborted. An object of the same bytes counts as
 * made by it.
 */
export async function completeUpload(
  layout: Layout,
  upload: Upload,
  given: Given[],
  ifAbsent: boolean,
): Promise<StoredObject | null> {
  const { about, folder } = await findUpload(layout, upload)
  checkParts(upload.key, given, await partsIn(folder, upload.key))
  const draft = layout.draft()
  const stored = await writeSealed(draft, piecesOf(folder, upload.key, given), about)
  const path = layout.fileOf(upload.key)
  const isOurs = (await publish(draft, path, ifAbsent)) || (await readSealed(path))?.etag === stored.etag
  await removeFolder(layout, folder)
  return isOurs ? stored : null
}

function checkParts(key: string, given: Given[], stored: StoredPart[]): void {
  const byNumber = new Map(stored.map((part) => [part.number, part]))
  for (const [index, { number, etag }] of given.entries()) {
    const part = byNumber.get(number)
    const isLast = index === given.length - 1
    if (part?.etag !== etag) throw invalid(key, `part ${number} is not there as it is given`)
    if (number <= (given[index - 1]?.number ?? 0)) throw invalid(key, `part ${number} is not in order`)
    if (!isLast && part.bytes < MIN_PART_BYTES)
      throw invalid(key, `part ${number} has ${part.bytes} bytes: all but the last have ${MIN_PART_BYTES}`)
  }
  if (given.length === 0) throw invalid(key, 'it has no parts')
}

function invalid(key: string, why: string): LedgerError {
  return new LedgerError('invalid', `the upload of ${key} cannot be completed: ${why}`)
}

/** The bytes of the parts, as they were when they were checked. */
async function* piecesOf(folder: string, key: string, given: Given[]): AsyncGenerator<Uint8Array> {
  for (const { number, etag } of given) {
    const part = await openSealed(partFile(folder, number))
    if (part === null) throw uploadEnded(key)
    if (part.head.etag !== etag) {
      await part.handle.close()
      throw invalid(key, `part ${number} was written again meanwhile`)
    }
    yield* filePieces(part.handle, 0, part.head.bytes)
  }
}
