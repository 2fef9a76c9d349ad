import type { Context } from '../../ports/context.ts'
import type { Completion } from '../../ports/cron-store.ts'
import type { CronExecution } from '../../run/cron-execution.ts'
import { isPassing } from '../../run/errors.ts'

const TRIES = 4
const PAUSE_MS = 500

/**
 * Notes how an execution ended, again where the database is away for a moment. Said twice, it is noted once: the second time it
 * is not held any more.
 */
export async function completePatiently(ctx: Context, completion: Completion): Promise<CronExecution | null> {
  for (let tries = 1; ; tries++) {
    try {
      return await ctx.cron.complete(completion)
    } catch (error) {
      if (tries === TRIES || !isPassing(error)) throw error
      await ctx.signals.wait('cron-completion', PAUSE_MS * tries)
    }
  }
}
