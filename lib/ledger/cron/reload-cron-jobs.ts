import type { Context } from '../../ports/context.ts'
import type { CronJob } from '../../run/cron-job.ts'
import { attempt, isLedgerError } from '../../run/errors.ts'
import { requireScope } from '../require-scope.ts'
import { auditOfJob, auditOfJobs } from './audit-of-cron.ts'
import { CRON_TOPIC } from './find-job.ts'
import { RETIRED, standingOf } from './job-standing.ts'

/**
 * Reads the variables in schedules anew, and gives back the jobs that will run: enabled, and with nothing in their way. That somebody
 * asked for it is kept in the audit, besides what it changed of each job.
 */
export async function reloadCronJobs(ctx: Context): Promise<CronJob[]> {
  requireScope(ctx, 'admin')
  const jobs = await readAnew(ctx)
  const running = jobs.filter(({ nextRunAt }) => nextRunAt !== null)
  await ctx.audit.append([auditOfJobs(ctx, 'cron.reloaded', { jobs: jobs.length, willRun: running.length })])
  return running
}

const PAGE = 500

/** All jobs, those with variables as these now are. */
export async function readAnew(ctx: Context): Promise<CronJob[]> {
  const all: CronJob[] = []
  for (let after: string | undefined; ; ) {
    const page = await ctx.cron.listJobs({ after, limit: PAGE })
    for (const job of page) all.push(job.schedule.includes('${') ? await readOneAnew(ctx, job) : job)
    after = page.at(-1)?.name
    if (page.length < PAGE) break
  }
  ctx.signals.emit(CRON_TOPIC)
  return all
}

/** What is outstanding of a job is left to the next tick, and a job that was changed meanwhile was read anew by that. */
async function readOneAnew(ctx: Context, job: CronJob): Promise<CronJob> {
  const at = await ctx.cron.now()
  if (!job.isEnabled || job.problem === RETIRED || (job.nextRunAt !== null && job.nextRunAt <= at)) return job
  const standing = attempt(() => standingOf(ctx, job, at))
  if (isLedgerError(standing)) return job
  const { problem, nextRunAt } = standing
  const fields = {
    ...(problem === job.problem ? {} : { problem: { from: job.problem, to: problem } }),
    ...(nextRunAt === job.nextRunAt ? {} : { nextRunAt: { from: job.nextRunAt, to: nextRunAt } }),
  }
  if (Object.keys(fields).length === 0) return job
  const audit = auditOfJob(ctx, 'cron.changed', job, { fields }, 'the variables in its schedule are others')
  return (await ctx.cron.updateJob(job, standing, at, { audit })) ?? job
}
