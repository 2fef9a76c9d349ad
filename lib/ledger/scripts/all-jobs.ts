import type { Context } from '../../ports/context.ts'
import type { CronJob } from '../../run/cron-job.ts'

const PAGE = 500

/** Every cron job, by name. */
export async function allJobs(ctx: Context): Promise<CronJob[]> {
  const all: CronJob[] = []
  for (let after: string | undefined; ; after = all.at(-1)?.name) {
    const page = await ctx.cron.listJobs({ after, limit: PAGE })
    all.push(...page)
    if (page.length < PAGE) return all
  }
}
