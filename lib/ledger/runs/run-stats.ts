import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { percentileMs } from '../../run/durations.ts'
import { ProjectFilter } from '../../run/ids.ts'
import { Instant } from '../../run/instant.ts'
import { LIMITS } from '../../run/limits.ts'
import type { RunStats } from '../../run/stats.ts'
import { parseInput } from '../parse-input.ts'
import { projectFor } from '../project.ts'
import { requireScope } from '../require-scope.ts'

export const GetStats = z.strictObject({
  projectId: ProjectFilter.optional(),
  since: Instant.optional().meta({
    description: 'Counted from the hour this lies in. Default: 24 hours ago',
  }),
})
export type GetStats = z.input<typeof GetStats>

const DAY_MS = 86_400_000

/** Counts, rates and durations since an hour, and the queue as it stands, from hourly roll-ups a minute behind at most. */
export async function runStats(ctx: Context, input: GetStats = {}): Promise<RunStats> {
  requireScope(ctx, 'runs:read')
  const { since = new Date(ctx.now() - DAY_MS).toISOString(), projectId } = parseInput(GetStats, input)
  await rollUpNowAndThen(ctx)
  const all = projectId === undefined && ctx.actor.projectId === null
  const { ended, running, queue } = await ctx.runs.stats({
    since,
    projectId: all ? undefined : projectFor(ctx.actor, projectId),
  })
  const count = (state: string) => ended.find((row) => row.state === state)?.count ?? 0
  const [succeeded, failed, canceled] = [count('succeeded'), count('failed'), count('canceled')]
  const queued = queue.reduce((sum, { depth }) => sum + depth, 0)
  const worked = ended.filter(({ state }) => state !== 'canceled')
  const durationMs = worked.reduce((sum, row) => sum + row.durationMs, 0)
  return {
    since,
    total: queued + running + succeeded + failed + canceled,
    byState: { queued, running, succeeded, failed, canceled },
    successRate: succeeded + failed === 0 ? null : succeeded / (succeeded + failed),
    averageDurationMs: succeeded + failed === 0 ? null : Math.round(durationMs / (succeeded + failed)),
    p95DurationMs: percentileMs(
      worked.flatMap(({ buckets }) => buckets),
      0.95,
    ),
    queue: queue.slice(0, LIMITS.statsKinds),
  }
}

const BATCH = 5_000
const MAX_BATCHES = 20

/** Adds all that ended to the hourly rows while there is time; whether some is left. */
export async function rollUpUntil(ctx: Context, until: number): Promise<boolean> {
  let more = true
  while (more && ctx.now() < until) more = (await ctx.runs.rollUp(BATCH)).more
  return more
}

/** Adds what ended since to the hourly rows: every 5 s at most over all instances, and bounded. */
export async function rollUpNowAndThen(ctx: Context): Promise<void> {
  if (!(await ctx.limits.due('roll-up-stats', 5))) return
  for (let batches = 0; batches < MAX_BATCHES; batches++) if (!(await ctx.runs.rollUp(BATCH)).more) return
}
