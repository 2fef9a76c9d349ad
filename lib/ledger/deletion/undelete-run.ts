import type { Context } from '../../ports/context.ts'
import { auditOfRun } from '../../run/audit.ts'
import type { Run } from '../../run/run.ts'

/**
 * Takes back that a run was deleted softly which has no archive: nothing of it has been removed, so it is where it was. Null where its
 * grace is over, or it is not so. Part of restoring a run.
 */
export async function undeleteRun(ctx: Context, run: Run): Promise<Run | null> {
  if (run.storageState !== 'deleted' || run.archivePath !== null) return null
  const { actor, requestId } = ctx
  const entry = {
    ...auditOfRun(run),
    id: ctx.newId(),
    action: 'run.restored' as const,
    actor: actor.name,
    requestId,
  }
  const restored = await ctx.deletions.undelete(run.id, entry, actor.name)
  if (restored !== null) ctx.signals.emit(`run:${run.id}`)
  return restored
}
