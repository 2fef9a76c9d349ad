import type { Context } from '../../ports/context.ts'
import { LIMITS } from '../../run/limits.ts'
import { requireScope } from '../require-scope.ts'
import { compactLog } from './compact-log.ts'

const PAGE = 50

/** What a pass over the logs did. */
export interface CompactedLogs {
  compacted: number
  failed: number
  /** Whether time ran out before the work did. */
  more: boolean
}

/**
 * Makes one object each of the logs whose runs have ended, until there are none left or `until` (of `ctx.now`). One that fails
 * is logged and left to the next pass.
 */
export async function compactLogs(ctx: Context, until: number): Promise<CompactedLogs> {
  requireScope(ctx, 'admin')
  const done = { compacted: 0, failed: 0 }
  for (let afterRunId = ''; ; ) {
    const page = { afterRunId, lostWaitSeconds: LIMITS.logLostWaitSeconds, limit: PAGE }
    const runIds = await ctx.logs.compactable(page)
    for (const runId of runIds) {
      if (ctx.now() >= until) return { ...done, more: true }
      try {
        await compactLog(ctx, runId)
        done.compacted++
      } catch (error) {
        done.failed++
        ctx.log.warn('a log could not be made one object; the next pass tries again', { runId, error })
      }
    }
    if (runIds.length < PAGE) return { ...done, more: false }
    afterRunId = runIds.at(-1) ?? ''
  }
}
