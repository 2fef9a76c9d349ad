import type { Context } from '../../ports/context.ts'
import type { CronJobPatch } from '../../ports/cron-store.ts'
import type { CronJob } from '../../run/cron-job.ts'
import { LedgerError } from '../../run/errors.ts'
import { CRON_TOPIC, findJob } from './find-job.ts'
import { skipOutstanding } from './fire-jobs.ts'
import { standingOf } from './job-standing.ts'

const TRIES = 5
const RESCHEDULES = ['schedule', 'timeZone', 'isEnabled'] as const

/**
 * Changes a job from what it is when it is read, and reads it again where somebody was quicker; null leaves it as it is. Where
 * it is scheduled anew, what was outstanding until then is recorded as skipped, so that no occurrence is lost without a word.
 */
export async function changeJob(
  ctx: Context,
  idOrName: string,
  decide: (job: CronJob, at: string) => CronJobPatch | null,
): Promise<CronJob> {
  for (let tries = 0; tries < TRIES; tries++) {
    const [job, at] = [await findJob(ctx, idOrName), await ctx.cron.now()]
    const patch = decide(job, at)
    if (patch === null) return job
    const isRescheduled = RESCHEDULES.some((name) => patch[name] !== undefined)
    const standing = isRescheduled ? standingOf(ctx, withPatch(job, patch), at) : {}
    if (isRescheduled && job.nextRunAt !== null && job.nextRunAt <= at) {
      await skipOutstanding(ctx, job.id, `the job was changed by ${ctx.actor.name} before anything ticked`)
      continue
    }
    const changed = await ctx.cron.updateJob(job, { ...patch, ...standing }, at)
    if (changed === null) continue
    ctx.signals.emit(CRON_TOPIC)
    return changed
  }
  throw new LedgerError('conflict', `cron job ${idOrName} keeps changing; try again`)
}

function withPatch(job: CronJob, { schedule, timeZone, isEnabled }: CronJobPatch) {
  return {
    schedule: schedule ?? job.schedule,
    timeZone: timeZone ?? job.timeZone,
    isEnabled: isEnabled ?? job.isEnabled,
  }
}
