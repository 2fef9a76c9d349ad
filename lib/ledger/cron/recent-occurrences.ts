import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { RecentOccurrence } from '../../ports/cron-store.ts'
import { RunId } from '../../run/ids.ts'
import { LIMITS } from '../../run/limits.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'

const MOST = 50
/** Of so many executions it is told how long they take. */
const TIMED = 50

export const RecentOccurrences = z.strictObject({
  jobs: z.array(RunId).max(LIMITS.pageSize),
  limit: z.number().int().min(1).max(MOST).default(20),
})
export type RecentOccurrences = z.input<typeof RecentOccurrences>

export interface LatelyOfJob {
  /** Oldest first, each as its last attempt left it. */
  occurrences: RecentOccurrence[]
  /** Of the last fifty that were completed; null where none was. */
  medianDurationMs: number | null
  p95DurationMs: number | null
}

/** How these jobs did lately, by their ids: the last occurrences, missed and skipped ones too, and how long they take. */
export async function recentOccurrences(
  ctx: Context,
  input: RecentOccurrences,
): Promise<Map<string, LatelyOfJob>> {
  requireScope(ctx, 'admin')
  const { jobs, limit } = parseInput(RecentOccurrences, input)
  const [recent, durations] = await Promise.all([
    ctx.cron.recentOccurrences(jobs, limit),
    ctx.cron.typicalDurations(jobs, TIMED),
  ])
  const of = (id: string): LatelyOfJob => {
    const typical = durations.find(({ jobId }) => jobId === id)
    return {
      occurrences: recent.filter(({ cronJobId }) => cronJobId === id).reverse(),
      medianDurationMs: typical?.medianDurationMs ?? null,
      p95DurationMs: typical?.p95DurationMs ?? null,
    }
  }
  return new Map(jobs.map((id) => [id, of(id)]))
}
