import type { Context } from '../../ports/context.ts'
import type { CronJobPatch } from '../../ports/cron-store.ts'
import { type CronJob, type CronJobChanged, DELETING } from '../../run/cron-job.ts'
import { LedgerError } from '../../run/errors.ts'
import { type AuditedFields, auditOfJob } from './audit-of-cron.ts'
import { CRON_TOPIC, findJob } from './find-job.ts'
import { fireOutstanding } from './fire-jobs.ts'
import { standingOf } from './job-standing.ts'
import { settleAlerts } from './settle-alerts.ts'

const TRIES = 5
const RESCHEDULES = ['schedule', 'timeZone', 'isEnabled', 'nextRunAt'] as const

/** What a job is to be, and what is noted of that. */
export interface Decided {
  patch: CronJobPatch
  /** What a person changed. */
  change?: Omit<CronJobChanged, 'at'>
  /** What the program changed, and why. */
  own?: { fields: AuditedFields; reason: string } | undefined
  /** Why what is outstanding does not run; undefined: it is fired first, as the job was. */
  held?: string | undefined
}

/**
 * Changes a job from what it is when it is read, and reads it again where somebody was quicker; null leaves it as it is. Where
 * it is scheduled anew, what was outstanding until then is recorded first, so that no occurrence is lost without a word. Throws
 * `conflict` for one that is being deleted.
 */
export async function changeJob(
  ctx: Context,
  idOrName: string,
  decide: (job: CronJob, at: string) => Decided | null,
): Promise<CronJob> {
  for (let tries = 0; tries < TRIES; tries++) {
    const [job, at] = [await findJob(ctx, idOrName), await ctx.cron.now()]
    if (job.problem === DELETING) throw new LedgerError('conflict', `cron job ${job.name} is being deleted`)
    const decided = decide(job, at)
    if (decided === null) return job
    const { patch, change, own, held } = decided
    const isRescheduled = RESCHEDULES.some((name) => patch[name] !== undefined)
    // First, so that a schedule that is wrong changes nothing.
    const standing =
      isRescheduled && patch.nextRunAt === undefined ? standingOf(ctx, withPatch(job, patch), at) : {}
    if (isRescheduled && job.nextRunAt !== null && job.nextRunAt <= at) {
      await fireOutstanding(ctx, job.id, held)
      continue
    }
    const kept = change ?? own
    const audit = kept && auditOfJob(ctx, 'cron.changed', job, { fields: kept.fields }, own?.reason)
    const changed = await ctx.cron.updateJob(job, { ...patch, ...standing }, at, { change, audit })
    if (changed === null) continue
    ctx.signals.emit(CRON_TOPIC)
    await settleAlerts(ctx, changed)
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
