import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { fittingAnswer } from '../../run/answer-size.ts'
import { ProjectFilter } from '../../run/ids.ts'
import { LIMITS } from '../../run/limits.ts'
import { jobFinder, type ScheduledScript } from '../../run/script.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { allJobs } from './all-jobs.ts'
import { ScriptCursor, shownProject } from './scripts.ts'

export const GetScriptsOverview = z.strictObject({
  projectId: ProjectFilter.optional(),
  limit: z.coerce.number().int().min(1).max(LIMITS.overviewScripts).default(LIMITS.overviewScripts),
  cursor: ScriptCursor.optional(),
})
export type GetScriptsOverview = z.input<typeof GetScriptsOverview>

const WINDOW_MS = 30 * 86_400_000

/**
 * The scripts the actor may see, by name: each with its newest run, how many ended in the last 30 days or run now, and the cron
 * job that runs it. 1,000 at most, fewer where they are large; only `nextCursor` tells whether more follow.
 */
export async function scriptsOverview(
  ctx: Context,
  input: GetScriptsOverview = {},
): Promise<{ data: ScheduledScript[]; nextCursor: number | null }> {
  requireScope(ctx, 'runs:read')
  const { projectId, limit, cursor } = parseInput(GetScriptsOverview, input)
  const page = {
    projectId: shownProject(ctx, projectId),
    since: new Date(ctx.now() - WINDOW_MS).toISOString(),
    after: cursor,
    limit: limit + 1,
  }
  const [scripts, jobs] = await Promise.all([ctx.scripts.overview(page), allJobs(ctx)])
  const jobOf = jobFinder(jobs)
  const data = fittingAnswer(scripts.slice(0, limit)).map((script) => ({
    ...script,
    scheduled: jobOf(script),
  }))
  return { data, nextCursor: scripts.length > data.length ? (data.at(-1)?.id ?? null) : null }
}
