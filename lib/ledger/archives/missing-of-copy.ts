import type { Context } from '../../ports/context.ts'
import type { Output } from '../../ports/output-store.ts'
import type { ArchiveEntry } from '../../run/archive-manifest.ts'
import { folderOf } from '../../run/folder.ts'
import type { Run } from '../../run/run.ts'
import { allOutputs } from './all-outputs.ts'
import { layoutOf } from './frozen-layout.ts'
import { listOriginals, originalsPrefix } from './list-originals.ts'

/**
 * The first file of the copy a run was restored from that is not where it was put; null where all are there, or there is no copy. A
 * worker that was paused right before it removed originals removes them when it goes on, whatever has been restored since. What
 * was moved below the run's folder, and recorded there, counts as there.
 */
export async function missingOfCopy(ctx: Context, run: Run): Promise<ArchiveEntry | null> {
  const copy = await ctx.archives.restored(run.id)
  if (copy === null) return null
  const { entries } = layoutOf(copy).manifest
  const folder = folderOf(run)
  const keys = entries.map(({ key }) => key)
  const there = await listOriginals(ctx.objects, folder, keys)
  const missing = entries.filter(({ key }) => !there.has(key))
  if (missing.length === 0) return null
  const recorded = [...(await allOutputs(ctx, run.id)).values()].filter(({ objectKey }) =>
    there.has(objectKey),
  )
  return missing.find((entry) => !recorded.some((output) => isMoved(entry, output, folder))) ?? null
}

function isMoved({ key, bytes, sha256 }: ArchiveEntry, output: Output, folder: string): boolean {
  const isElsewhere = !key.startsWith(originalsPrefix(folder))
  return isElsewhere && output.bytes === bytes && output.sha256 === sha256
}
