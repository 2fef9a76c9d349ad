import type { Archive, StorageLease } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import type { ArchiveEntry, ArchiveManifest } from '../../run/archive-manifest.ts'
import { LedgerError } from '../../run/errors.ts'
import type { Run } from '../../run/run.ts'
import type { StorageWork } from './archive-steps.ts'
import { layoutOf } from './frozen-layout.ts'
import { storageLost } from './held-storage.ts'
import { listOriginals } from './list-originals.ts'
import { readTarOf } from './read-tar-range.ts'
import { restoreEntry } from './restore-entry.ts'

/** How many files are put back before it is noted how far it got. */
const NOTED_EVERY = 50

/**
 * Puts every file of an archive back where it was, byte for byte, each compared with the manifest; looks whether all are there, and
 * says so in one transaction. What is there already and as it must be is not put again; what is there and is another file is
 * left, and refused (`conflict`). False where time ran out.
 */
export async function restoreSteps(ctx: Context, run: Run, work: StorageWork): Promise<boolean> {
  const archive = await ctx.archives.inForce(run.id)
  if (archive === null) throw new LedgerError('conflict', `run ${run.id} has no archive to be restored from`)
  const { manifest, entries } = layoutOf(archive)
  const files = entries.flatMap(({ entry, dataStart }) => (entry === null ? [] : [{ entry, dataStart }]))
  refuseForeign(ctx, run, manifest)
  const tar = readTarOf(ctx.objects, archive, await ctx.archives.parts(run.id, archive.attempt))
  try {
    for (let n = archive.readBack; n < files.length; n++) {
      const file = files[n]
      if (file === undefined) break
      const { entry, dataStart } = file
      await restoreEntry(ctx, {
        entry,
        read: () => tar.read(dataStart, dataStart + entry.bytes),
        held: work.held,
      })
      const isLeft = n + 1 < files.length
      if (n % NOTED_EVERY === NOTED_EVERY - 1 || work.isOver()) await note(ctx, work.held, archive, n + 1)
      if (isLeft && work.isOver()) return false
    }
  } finally {
    await tar.close()
  }
  const etags = await etagsOf(ctx, manifest)
  const { name: actor } = ctx.actor
  const by = { actor, requestId: ctx.requestId, auditId: ctx.newId() }
  if ((await ctx.archives.setRestored(work.held, { ...by, etags })) === null) throw storageLost(run.id)
  return true
}

async function note(ctx: Context, lease: StorageLease, archive: Archive, readBack: number): Promise<void> {
  if (!(await ctx.archives.note(lease, archive.attempt, { readBack }))) throw storageLost(archive.runId)
}

/** A manifest names the run's own keys, and no others. */
function refuseForeign(ctx: Context, run: Run, { folder, entries }: ArchiveManifest): void {
  const isOurs = ({ key }: ArchiveEntry) =>
    (key.startsWith('jobs/') && !key.split('/').includes('..')) || key === run.logFile
  const foreign = entries.find((entry) => !isOurs(entry))
  if (foreign === undefined) return
  ctx.log.warn('an archive names a key that is not its run’s; it is refused', { folder, key: foreign.key })
  throw new LedgerError(
    'conflict',
    `the archive of run ${run.id} names ${foreign.key}, which is none of its keys`,
  )
}

/** Looks whether everything is there again, and by which etags. Throws `unavailable` for what is not. */
async function etagsOf(ctx: Context, { folder, entries }: ArchiveManifest) {
  const there = await listOriginals(
    ctx.objects,
    folder,
    entries.map(({ key }) => key),
  )
  for (const { key, bytes } of entries)
    if (there.get(key)?.bytes !== bytes)
      throw new LedgerError('unavailable', `${key} was put back, and is not there as it was`)
  return [...there.values()].map(({ key, etag }) => ({ key, etag }))
}
