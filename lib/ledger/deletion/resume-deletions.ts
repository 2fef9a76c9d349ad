import type { Context } from '../../ports/context.ts'
import { isPassing } from '../../run/errors.ts'
import type { ResumedStorage } from '../archives/resume-storage.ts'
import { reasonOf } from '../retention/end-stale-runs.ts'
import { authorOf } from './author-of.ts'
import { DELETION_LEASE_SECONDS } from './deletion-lease.ts'
import { removeTaken } from './remove-runs.ts'

const PAGE = 100
/** Until one of which an object does not go is tried again. */
const RETRY_SECONDS = 60
/** So often in a row the database or the store may be away before it ends. */
const MOST_AWAY = 3

/** Goes on with what somebody began to delete and left, the longest ago first. One that fails keeps nobody from the rest. */
export async function resumeDeletions(
  ctx: Context,
  { isOver, most = Number.POSITIVE_INFINITY }: { isOver: () => boolean; most?: number },
): Promise<ResumedStorage> {
  const done: ResumedStorage = { resumed: 0, errors: [], more: false }
  const seen = new Set<string>()
  for (let away = 0; ; ) {
    const ids = (await ctx.deletions.stalled(PAGE)).filter((id) => !seen.has(id))
    if (ids.length === 0) return done
    for (const id of ids) {
      if (isOver() || seen.size >= most || away >= MOST_AWAY) return { ...done, more: true }
      seen.add(id)
      away = (await resume(ctx, id, done)) ? 0 : away + 1
    }
  }
}

/** False where the way to it was not free. */
async function resume(ctx: Context, id: string, done: ResumedStorage): Promise<boolean> {
  try {
    const taken = await ctx.deletions.resume(id, DELETION_LEASE_SECONDS)
    // Somebody else is at it.
    if (taken === null) return true
    const reason = taken.run.deletionReason ?? 'somebody began to delete it, and went away'
    const { gone, left } = await removeTaken(ctx, [taken], authorOf(ctx, reason), RETRY_SECONDS)
    done.resumed += gone.length
    for (const [item, message] of left) done.errors.push({ item, message })
    return true
  } catch (error) {
    done.errors.push({ item: id, message: reasonOf(error) })
    ctx.log.warn('what somebody began to delete could not be ended', { runId: id, error })
    return !isPassing(error)
  }
}
