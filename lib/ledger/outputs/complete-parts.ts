import type { Context } from '../../ports/context.ts'
import type { Output } from '../../ports/output-store.ts'
import { isLedgerError, LedgerError } from '../../run/errors.ts'
import { missingParts, partCountOf } from '../../run/output-parts.ts'

/**
 * Makes the parts that the store has one object. Where the upload has ended already (somebody else, or a commit that was cut
 * off, was faster), what is there is to be looked at. Throws `conflict` naming the parts that are missing.
 */
export async function completeParts(
  { objects }: Context,
  { objectKey: key, path, bytes }: Output,
  uploadId: string,
): Promise<void> {
  const upload = { key, uploadId }
  try {
    const parts = await objects.listParts(upload)
    const missing = missingParts(bytes, parts)
    if (missing.length > 0) throw notWhole(path, missing.length, partCountOf(bytes), missing[0]?.number)
    await objects.completeMultipart(upload, parts, { ifAbsent: true })
  } catch (error) {
    if (!isLedgerError(error) || error.code !== 'not_found') throw error
  }
}

function notWhole(path: string, missing: number, of: number, first: number | undefined): LedgerError {
  return new LedgerError(
    'conflict',
    `${path} is not uploaded yet: ${missing} of ${of} parts are missing, the first is part ${first}`,
  )
}
