import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { ProjectFilter } from '../../run/ids.ts'
import { LIMITS } from '../../run/limits.ts'
import { jobOf, type ScheduledScript } from '../../run/script.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { allJobs } from './all-jobs.ts'
import { shownProject } from './scripts.ts'

export const GetScriptsOverview = z.strictObject({ projectId: ProjectFilter.optional() })
export type GetScriptsOverview = z.input<typeof GetScriptsOverview>

const WINDOW_MS = 30 * 86_400_000

/**
 * Every script the actor may see, by name, 1,000 at most: its newest run, how many ended in the last 30 days or run now, and the
 * cron job that runs it.
 */
export async function scriptsOverview(
  ctx: Context,
  input: GetScriptsOverview = {},
): Promise<ScheduledScript[]> {
  requireScope(ctx, 'runs:read')
  const { projectId } = parseInput(GetScriptsOverview, input)
  const filter = {
    projectId: shownProject(ctx, projectId),
    since: new Date(ctx.now() - WINDOW_MS).toISOString(),
    limit: LIMITS.overviewScripts,
  }
  const [scripts, jobs] = await Promise.all([ctx.scripts.overview(filter), allJobs(ctx)])
  return scripts.map((script) => ({ ...script, scheduled: jobOf(jobs, script) }))
}
