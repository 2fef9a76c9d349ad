import type { TarLayout } from '../../archive/lay-out.ts'
import type { Archive } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'
import { isMadeOf } from './archive-object.ts'
import { BadAttempt } from './bad-attempt.ts'
import { clearAbandoned } from './clear-abandoned.ts'
import { layoutOf } from './frozen-layout.ts'
import type { HeldStorage } from './held-storage.ts'
import { removeOriginals, unlikeManifest } from './remove-originals.ts'

/**
 * Of an archive that was said to be true: the originals go, once it was seen that it still is what it was, and that nothing came that is
 * not in it. It may have been read back long ago, by somebody who went away then. Throws a BadAttempt where it is to be made anew, which
 * takes all originals; `conflict` where some are gone already: then it, and what there is of them, stay as they are.
 */
export async function finishArchive(ctx: Context, archive: Archive, held: HeldStorage): Promise<void> {
  const layout = layoutOf(archive)
  const now = await ctx.archives.last(archive.runId)
  const fault = now === null ? null : await faultOf(ctx, now)
  const isUntouched = now?.status === 'archived' && (await isAllThere(ctx, layout))
  if (fault !== null && isUntouched) throw new BadAttempt(fault)
  if (fault !== null)
    throw new LedgerError('conflict', `${fault}; what is left of the originals of its run is not removed`)
  if (isUntouched) await refuseChanged(ctx, layout)
  await removeOriginals(ctx, { archive, layout, held })
  await clearAbandoned(ctx, archive.runId)
}

/** Throws a BadAttempt where something came, or changed, that is not in the archive as it is. */
export async function refuseChanged(ctx: Context, layout: TarLayout): Promise<void> {
  const { strangers } = await unlikeManifest(ctx, layout)
  if (strangers.length > 0)
    throw new BadAttempt(`${strangers[0]?.key} came or changed while its run was archived`)
}

async function isAllThere(ctx: Context, layout: TarLayout): Promise<boolean> {
  const { there } = await unlikeManifest(ctx, layout)
  return there.length === layout.manifest.entries.length
}

/** What is seen to be wrong with an archive's object, without reading it, or was found when it was read last. */
async function faultOf({ objects }: Context, archive: Archive): Promise<string | null> {
  const { key, fault, bytes } = archive
  if (fault !== null) return `${key} was found to be damaged: ${fault}`
  const head = await objects.head(key)
  if (head === null) return `${key} is not in the object store any more`
  if (isMadeOf(head, archive) && head.bytes === bytes) return null
  return `there is another object at ${key} by now`
}
