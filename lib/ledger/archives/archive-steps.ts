import { layOut } from '../../archive/lay-out.ts'
import { manifestBytes } from '../../archive/manifest-bytes.ts'
import type { Archive, ArchiveReading } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import { archiveKey } from '../../run/archive-key.ts'
import { LedgerError } from '../../run/errors.ts'
import type { Run } from '../../run/run.ts'
import { badAttempt } from './bad-attempt.ts'
import { clearAbandoned } from './clear-abandoned.ts'
import { completeArchive } from './complete-archive.ts'
import { finishArchive, refuseChanged } from './finish-archive.ts'
import { freezeManifest } from './freeze-manifest.ts'
import { layoutOf } from './frozen-layout.ts'
import { type HeldStorage, storageLost } from './held-storage.ts'
import { readBack } from './read-back.ts'
import { refuseTooLarge } from './refuse-too-large.ts'
import { endStrayUploads, writeArchive } from './write-archive.ts'

export interface StorageWork {
  held: HeldStorage
  /** Whether the time is over: what is begun is left where it can be gone on with. */
  isOver: () => boolean
  /** Whether a slow compression may take as long as it takes. */
  isUnlimited: boolean
  /** What a part of an archive has at least, compressed. */
  partBytes: number
  /** What a part of an archive is of at most. */
  partTarBytes: number
  /** What is read back in one go; what is larger, by its parts, over several passes if need be. */
  wholeBytes: number
}

/** How often one call begins anew, where what it made is not what it must be. */
const MOST_ATTEMPTS = 3

/**
 * Brings a run on its way into its archive to the end, from wherever it was left: freezes the manifest, writes the object by parts,
 * reads it back, says so in one transaction, looks again for what came meanwhile, removes the originals. An attempt that is not what
 * it must be is made anew. False where time ran out.
 */
export async function archiveSteps(ctx: Context, run: Run, work: StorageWork): Promise<boolean> {
  const { held } = work
  for (let attempts = 1; ; attempts++) {
    const archive = await current(ctx, run, work)
    try {
      if (archive.status === 'writing' || archive.status === 'stored') {
        if (!(await makeTrue(ctx, run, archive, work))) return false
      }
      await finishArchive(ctx, archive, held)
      return true
    } catch (error) {
      const bad = badAttempt(error)
      if (bad === null || attempts === MOST_ATTEMPTS) throw error
      ctx.log.warn('an archive is made anew', { runId: run.id, key: archive.key, error: bad })
      await drop(ctx, archive, held, bad.message)
    }
  }
}

/** The attempt that is under way, or a new one. */
async function current(ctx: Context, run: Run, { held, isUnlimited }: StorageWork): Promise<Archive> {
  const last = await ctx.archives.last(run.id)
  if (last !== null && UNDER_WAY.has(last.status)) {
    if (last.status === 'writing' && last.uploadId === null) await endStrayUploads(ctx, last)
    return last
  }
  await clearAbandoned(ctx, run.id)
  const attempt = (last?.attempt ?? 0) + 1
  const manifest = await freezeManifest(ctx, run, held)
  const { archiveCompression: compression, archiveBasePath } = ctx.retention
  const { manifestSha256, tarBytes } = layOut(manifest)
  refuseTooLarge(run.id, compression, tarBytes, isUnlimited)
  const frozen = await ctx.archives.freeze(held, {
    attempt,
    key: archiveKey(archiveBasePath, { folder: manifest.folder, attempt, compression }),
    compression,
    manifest: Buffer.from(manifestBytes(manifest)).toString(),
    manifestSha256,
    tarBytes,
  })
  if (frozen === null) throw storageLost(run.id)
  return frozen
}

const UNDER_WAY = new Set<Archive['status']>(['writing', 'stored', 'archived', 'removing', 'kept'])

/** From the first byte to the transaction that says that the files are in the archive. */
async function makeTrue(ctx: Context, run: Run, archive: Archive, work: StorageWork): Promise<boolean> {
  const { held, isOver, wholeBytes } = work
  const layout = layoutOf(archive)
  if (archive.status === 'writing') {
    if (!(await writeArchive(ctx, { archive, layout, ...work }))) return false
    // Its upload may have been begun just now.
    await completeArchive(ctx, (await ctx.archives.last(run.id)) ?? archive, held)
  }
  const note = async (reading: ArchiveReading) => {
    if (!(await ctx.archives.note(held, archive.attempt, { reading }))) throw storageLost(run.id)
  }
  const found = await readBack(ctx, { archive, layout, stay: held.stay, isOver, note, wholeBytes })
  if (found === null) return false
  await refuseChanged(ctx, layout)
  await held.sure()
  const { name: actor } = ctx.actor
  const originalBytes = layout.manifest.entries.reduce((sum, { bytes }) => sum + bytes, 0)
  const by = { actor, requestId: ctx.requestId, auditId: ctx.newId() }
  if ((await ctx.archives.setArchived(held, archive.attempt, { ...found, ...by, originalBytes })) !== null)
    return true
  await held.sure()
  throw new LedgerError('conflict', `run ${run.id} was held while it was archived; it is left as it is`)
}

/** Whatever it had come to, nothing has been removed yet. */
async function drop(ctx: Context, archive: Archive, held: HeldStorage, fault: string): Promise<void> {
  const { runId, attempt } = archive
  const isDropped =
    (await ctx.archives.abandon(held, attempt, fault)) || (await ctx.archives.takeBack(held, attempt, fault))
  if (!isDropped) throw storageLost(runId)
  await clearAbandoned(ctx, runId)
}
