import type { Context } from '../../ports/context.ts'
import type { CronExecution } from '../../run/cron-execution.ts'
import type { CronJob } from '../../run/cron-job.ts'
import { jobFinder } from '../../run/script.ts'
import { RegularSweep, type Sweep, waitsAt } from '../../run/sweep.ts'
import { requireScope } from '../require-scope.ts'
import { allJobs } from '../scripts/all-jobs.ts'
import { SWEEP_JOBS } from './watch-sweeps.ts'

/** How the sweeps of a kind stand. */
export interface StandingSweep {
  kind: RegularSweep
  /** What makes them; null: nothing does. */
  job: CronJob | null
  lastCompleted: Sweep | null
  /** The last one, where it waits to be approved. */
  waits: Sweep | null
  /** The execution of its job that waits or is at work. */
  atWork: CronExecution | null
}

/** Executions that are looked at; more are not open for so few jobs. */
const OPEN = 100
/** Looks at so many of the last ones; those that only looked are among them. */
const LAST = 20
/** Those that may have to be let through. */
const DELETING: ReadonlySet<RegularSweep> = new Set(['delete', 'cleanup'])

/** Of each kind of sweep: when the last one completed, when the next one is due and by which job, and whether one is being made. */
export async function sweepStanding(ctx: Context): Promise<StandingSweep[]> {
  requireScope(ctx, 'admin')
  const at = await ctx.retentionStore.now()
  const [jobs, open, kinds] = await Promise.all([
    allJobs(ctx),
    ctx.cron.listExecutions({ status: ['queued', 'running'], limit: OPEN }),
    Promise.all(RegularSweep.options.map((kind) => lastOf(ctx, kind, at))),
  ])
  const jobOf = jobFinder(jobs)
  return kinds.map((last) => {
    const job = jobOf({ name: SWEEP_JOBS[last.kind], projectId: null })
    const atWork = open.find(({ cronJobId }) => cronJobId === job?.id) ?? null
    return { ...last, job, atWork }
  })
}

async function lastOf(ctx: Context, kind: RegularSweep, at: string) {
  const [lastCompleted, sweeps] = await Promise.all([
    ctx.sweeps.lastCompleted(kind),
    DELETING.has(kind) ? ctx.sweeps.list({ kind, limit: LAST }) : [],
  ])
  const last = sweeps.find(({ dryRun, status }) => !dryRun && status !== 'running')
  return { kind, lastCompleted, waits: last !== undefined && waitsAt(last, at) ? last : null }
}
