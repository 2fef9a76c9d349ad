import type { Context } from '../../ports/context.ts'
import { isLedgerError } from '../../run/errors.ts'
import { authorOf } from './author-of.ts'
import { DELETION_LEASE_SECONDS } from './deletion-lease.ts'
import type { ReconcileWork } from './reconcile-work.ts'
import { removeTaken } from './remove-runs.ts'

const PAGE = 100

/** Goes on with what somebody began to delete, and left. One that fails keeps nobody from the rest. */
export async function resumeDeletions(ctx: Context, work: ReconcileWork): Promise<void> {
  const { counts, errors } = work
  counts.resumed = 0
  if (work.dryRun) {
    counts.resumed = (await ctx.deletions.stalled(PAGE)).length
    return
  }
  const seen = new Set<string>()
  for (;;) {
    const ids = (await ctx.deletions.stalled(PAGE)).filter((id) => !seen.has(id))
    if (ids.length === 0) return
    for (const id of ids) {
      if (work.isOver()) return
      seen.add(id)
      const why = await resume(ctx, id)
      if (why === null) counts.resumed += 1
      else errors.push({ item: id, message: why })
    }
  }
}

/** Why it could not be done; null: it was, or somebody else is at it. */
async function resume(ctx: Context, id: string): Promise<string | null> {
  try {
    const taken = await ctx.deletions.resume(id, DELETION_LEASE_SECONDS)
    if (taken === null) return null
    const reason = taken.run.deletionReason ?? 'somebody began to delete it, and went away'
    const { left } = await removeTaken(ctx, [taken], authorOf(ctx, reason))
    return left.get(id) ?? null
  } catch (error) {
    if (isLedgerError(error)) return error.message
    throw error
  }
}
