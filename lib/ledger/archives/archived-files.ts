import { isArchiveFault } from '../../archive/archive-fault.ts'
import type { Context } from '../../ports/context.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import { LedgerError } from '../../run/errors.ts'
import type { StorageState } from '../../run/run.ts'
import { layoutOf } from './frozen-layout.ts'
import { readTarOf } from './read-tar-range.ts'

/** Whether a run's files are to be read from its archive. */
export function isArchived(state: StorageState): boolean {
  return state === 'archived' || state === 'restoring'
}

export interface ArchivedFiles extends Pick<ObjectStore, 'get'> {
  close(): Promise<void>
}

/**
 * The objects of an archived run, by the keys they had, out of its archive: of each, no more is fetched than the parts of the archive it is
 * in. One is read to its end before the next is asked for; in the order of the archive, that is one pass over it. Throws `unavailable`
 * where there is no archive.
 */
export async function archivedFiles(ctx: Context, runId: string): Promise<ArchivedFiles> {
  const archive = await ctx.archives.inForce(runId)
  if (archive === null) throw new LedgerError('unavailable', `run ${runId} has just been moved; try again`)
  const { entries } = layoutOf(archive)
  const byKey = new Map(entries.flatMap((laid) => (laid.entry === null ? [] : [[laid.entry.key, laid]])))
  const tar = readTarOf(ctx.objects, archive, await ctx.archives.parts(runId, archive.attempt))
  return {
    close: () => tar.close(),
    async get(key, { range = { start: 0 } } = {}) {
      const laid = byKey.get(key)
      if (laid?.entry == null) return null
      const { bytes, dataStart } = laid
      const end = Math.min(range.end ?? bytes - 1, bytes - 1)
      if (range.start > 0 && range.start >= bytes)
        throw new LedgerError(
          'invalid',
          `${range.start} is beyond the end of ${key}, which has ${bytes} bytes`,
        )
      const { etag, contentType, metadata, modifiedAt } = laid.entry
      const body = ReadableStream.from(fromArchive(tar.read(dataStart + range.start, dataStart + end + 1)))
      return { bytes, etag, contentType, metadata, modifiedAt, body }
    },
  }
}

/** An archive that is not there (any more) may have been moved just now. */
async function* fromArchive(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* source
  } catch (error) {
    if (isArchiveFault(error) && error.fault === 'missing')
      throw new LedgerError('unavailable', error.message, { cause: error })
    throw error
  }
}
