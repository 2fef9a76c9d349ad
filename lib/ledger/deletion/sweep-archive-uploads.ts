import type { Context } from '../../ports/context.ts'
import type { ReconcileWork } from './reconcile-work.ts'
import { isOld } from './young.ts'

const MOST = 10_000

/** Ends uploads of archives that nobody goes on with; those of logs and outputs are seen to by ticks. */
export async function sweepArchiveUploads(
  ctx: Context,
  { dryRun, isOver, counts }: ReconcileWork,
): Promise<void> {
  counts.endedUploads = 0
  const at = await ctx.retentionStore.now()
  const prefix = `${ctx.retention.archiveBasePath}/`
  for (const upload of await ctx.objects.listMultiparts({ prefix, limit: MOST })) {
    if (isOver()) return
    if (!isOld(upload.startedAt, at) || (await ctx.reconciliation.isKnownUpload(upload))) continue
    if (!dryRun) await ctx.objects.abortMultipart(upload)
    counts.endedUploads += 1
  }
}
