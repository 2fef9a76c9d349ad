import type { Context } from '../../ports/context.ts'
import type { NewOccurrence } from '../../ports/cron-store.ts'
import type { NewRun } from '../../ports/run-store.ts'
import type { CronAction, CronJob } from '../../run/cron-job.ts'
import { LedgerError } from '../../run/errors.ts'
import { type OccurrencePlan, planOccurrences } from '../../run/plan-occurrences.ts'
import { queueTopic } from '../runs/watch-queue.ts'
import { readCronSettings } from './cron-settings.ts'
import { findJob } from './find-job.ts'
import { NO_MORE, readKept } from './job-standing.ts'
import { throwIfAway } from './throw-if-away.ts'

/** What came of occurrences that were due. */
export interface Fired {
  fired: number
  missed: number
  skipped: number
}

const JOBS = 100

/**
 * Accounts for what is due: of each job one plan, so that a backlog is in nobody's way. A job that cannot be fired is logged, and
 * keeps nobody from the rest. With `action`, only jobs that do such a thing.
 */
export async function fireDue(
  ctx: Context,
  at: string,
  until: number,
  action?: CronAction['type'],
): Promise<Fired> {
  const sum = { fired: 0, missed: 0, skipped: 0 }
  const circumstances = { at, ...(await rulesOf(ctx)) }
  for (const job of await ctx.cron.due(at, JOBS, action)) {
    if (ctx.now() >= until) break
    try {
      const fired = await fireJob(ctx, job, circumstances)
      for (const key of Object.keys(sum) as (keyof Fired)[]) sum[key] += fired[key]
    } catch (error) {
      await throwIfAway(ctx, error)
      ctx.log.error('a cron job could not be fired; the next round tries again', { cronJob: job.name, error })
    }
  }
  return sum
}

const MOST_PLANS = 50

/**
 * Accounts for all that is outstanding of a job: fires it, or with `held` records why it does not run. Throws `unavailable` where
 * that is more than one call can do.
 */
export async function fireOutstanding(ctx: Context, jobId: string, held?: string): Promise<void> {
  const rules = await rulesOf(ctx)
  for (let plans = 0; plans < MOST_PLANS; plans++) {
    const [job, at] = [await findJob(ctx, jobId), await ctx.cron.now()]
    if (job.nextRunAt === null || job.nextRunAt > at) return
    await fireJob(ctx, job, { at, ...rules, held: held ?? rules.held })
  }
  throw new LedgerError('unavailable', 'this job has a large backlog, which is being recorded; try again', {
    retryAfterSeconds: 5,
  })
}

/** What the settings say of occurrences that are due. */
async function rulesOf(ctx: Context): Promise<Omit<Circumstances, 'at'>> {
  const { paused, missedAfterSeconds } = await readCronSettings(ctx)
  return { missedAfterMs: missedAfterSeconds * 1_000, held: paused ? 'all cron jobs are paused' : undefined }
}

interface Circumstances {
  at: string
  missedAfterMs: number
  /** Why no occurrence may run now. */
  held: string | undefined
}

/** One plan of a job, where nobody has fired it since it was read. */
async function fireJob(
  ctx: Context,
  job: CronJob,
  { at, missedAfterMs, held }: Circumstances,
): Promise<Fired> {
  const { nextRunAt: from, missedPolicy, overlapPolicy } = job
  if (from === null) return { fired: 0, missed: 0, skipped: 0 }
  const { plan, problem } = planOf(ctx, job, { nextRunAt: from, missedPolicy, at, missedAfterMs, held })
  const executions = await ctx.cron.fire({
    seen: job,
    at,
    nextRunAt: plan.nextRunAt,
    problem,
    overlapPolicy,
    occurrences: plan.occurrences.map((one) => withId(ctx, job, one)),
    requestId: ctx.requestId,
    tellsMissed: plan.nextRunAt === null || plan.nextRunAt > at,
  })
  if (executions?.some(({ runId }) => runId !== null)) ctx.signals.emit(queueTopic(job.projectId))
  const count = (status: string) => executions?.filter((one) => one.status === status).length ?? 0
  return {
    fired: count('queued') + count('running'),
    missed: count('missed'),
    skipped: count('skipped'),
  }
}

function planOf(
  ctx: Context,
  job: CronJob,
  given: Parameters<typeof planOccurrences>[1],
): { plan: OccurrencePlan; problem: string | undefined } {
  const { schedule, problem } = readKept(ctx, job)
  if (problem !== null) {
    // What follows it nobody can tell: the job stands still with the reason until that is put right.
    const plan = planOccurrences({ next: () => null, between: () => [] }, { ...given, held: problem })
    return { plan, problem }
  }
  const plan = planOccurrences(schedule, given)
  return { plan, problem: plan.nextRunAt === null ? NO_MORE : undefined }
}

function withId(ctx: Context, job: CronJob, planned: OccurrencePlan['occurrences'][number]): NewOccurrence {
  const id = ctx.newId()
  return { ...planned, id, run: planned.status === 'queued' ? runOf(ctx, job, id) : undefined }
}

/** What an `enqueue` action adds for an execution: as `cron`, in its job's project. */
export function runOf(ctx: Context, { action, projectId }: CronJob, executionId: string): NewRun | undefined {
  if (action.type !== 'enqueue') return undefined
  const { type: _type, ...run } = action
  return {
    ...run,
    id: ctx.newId(),
    projectId,
    idempotencyKey: null,
    idempotencyHash: null,
    runAt: { inMs: 0 },
    createdBy: 'cron',
    cronExecutionId: executionId,
  }
}
