import type { TarLayout } from '../../archive/lay-out.ts'
import type { Archive } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import type { ListedObject } from '../../ports/object-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { type HeldStorage, storageLost } from './held-storage.ts'
import { listOriginals } from './list-originals.ts'
import { refuseUnreliable } from './refuse-unreliable.ts'

const MOST = 1_000

/** What there is now that an archive does not hold as it is: a key that its manifest does not name, or one with another etag. */
export async function unlikeManifest(
  ctx: Context,
  { manifest }: TarLayout,
): Promise<{ there: ListedObject[]; strangers: ListedObject[] }> {
  const known = new Map(manifest.entries.map((entry) => [entry.key, entry]))
  const listed = [...(await listOriginals(ctx.objects, manifest.folder, known.keys())).values()]
  const isKnown = ({ key, etag, bytes }: ListedObject) => {
    const entry = known.get(key)
    return entry !== undefined && entry.etag === etag && entry.bytes === bytes
  }
  return { there: listed.filter(isKnown), strangers: listed.filter((object) => !isKnown(object)) }
}

/**
 * Removes the originals that an archive holds, by the keys of its manifest, and looks whether they are gone. What came since is left
 * where it is, and logged. Called again, it removes the rest. Throws `unavailable` where the store does not let them go, or is
 * not to be trusted with it.
 */
export async function removeOriginals(
  ctx: Context,
  { archive, layout, held }: { archive: Archive; layout: TarLayout; held: HeldStorage },
): Promise<void> {
  await refuseUnreliable(ctx)
  if (!(await ctx.archives.beginRemoving(held, archive.attempt))) throw storageLost(archive.runId)
  const { there, strangers } = await unlikeManifest(ctx, layout)
  for (let at = 0; at < there.length; at += MOST) {
    const keys = there.slice(at, at + MOST).map(({ key }) => key)
    // The store removes on no condition: what is asked last is whether it is still ours to remove.
    await held.sure()
    refuse(await ctx.objects.deleteMany(keys))
  }
  const { there: left } = there.length > 0 ? await unlikeManifest(ctx, layout) : { there: [] }
  refuse(left.map(({ key }) => ({ key, error: 'it is still there' })))
  if (strangers.length > 0)
    ctx.log.warn('objects beside an archived run are in no archive; they are left where they are', {
      runId: archive.runId,
      keys: strangers.slice(0, 10).map(({ key }) => key),
      count: strangers.length,
    })
  if (!(await ctx.archives.endRemoving(held, archive.attempt))) throw storageLost(archive.runId)
}

function refuse([failed]: { key: string; error: string }[]): void {
  if (failed)
    throw new LedgerError('unavailable', `the original ${failed.key} could not be removed: ${failed.error}`)
}
