import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { CronJobPatch } from '../../ports/cron-store.ts'
import type { CronJob } from '../../run/cron-job.ts'
import { LedgerError } from '../../run/errors.ts'
import { Timestamp } from '../../run/run.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { changeJob } from './change-job.ts'
import { changedFields, isSameJson, type JobField, pickFields } from './job-fields.ts'
import { CronJobFields, CronJobRef, refuseVariables, toAction } from './job-input.ts'

/** What may be set of a job that there is. */
export const CronJobChange = z
  .strictObject({
    ...CronJobFields,
    updatedAt: Timestamp.meta({
      description: 'As it was read: where the job was changed since, it is a conflict',
    }),
  })
  .partial()
  .meta({ id: 'CronJobChange' })
export type CronJobChange = z.input<typeof CronJobChange>

export const UpdateCronJob = CronJobChange.extend(CronJobRef.shape)
export type UpdateCronJob = z.input<typeof UpdateCronJob>

/**
 * Sets what is given and leaves the rest; who did, when, and what it was is kept. A job of the program's own keeps its
 * name and its action, and a sync leaves alone what was set here. Throws `invalid`, `not_found`, `conflict`. Source 003.
 */
export async function updateCronJob(ctx: Context, input: UpdateCronJob): Promise<CronJob> {
  requireScope(ctx, 'admin')
  const { job: ref, action: givenAction, updatedAt, ...given } = parseInput(UpdateCronJob, input)
  if (given.schedule !== undefined) refuseVariables(given.schedule)
  const action = givenAction && (await toAction(ctx, givenAction))
  const wanted: CronJobPatch = { ...given, ...(action ? { action } : {}) }
  return await changeJob(ctx, ref, (job, at) => {
    const changed = changedFields(job, wanted)
    if (changed.length === 0) return null
    if (updatedAt !== undefined && updatedAt !== job.updatedAt)
      throw new LedgerError(
        'conflict',
        `cron job ${job.name} was changed by ${job.lastModifiedBy} meanwhile: read it again`,
      )
    refuseOwn(job, changed)
    const by = ctx.actor.name
    const fields = Object.fromEntries(
      changed.map((field) => [field, { from: job[field], to: wanted[field] }]),
    )
    return {
      patch: {
        ...pickFields(wanted, changed),
        changes: noted(job, wanted, changed, { by, at }),
        lastModifiedBy: by,
      },
      change: { by, fields },
      held: `the job was changed by ${by} before anything ticked`,
    }
  })
}

export const SetCronJobEnabled = CronJobRef.extend({ isEnabled: z.boolean() })
export type SetCronJobEnabled = z.input<typeof SetCronJobEnabled>

/** Lets a job run, or stops it; what is under way goes on. Throws `not_found`. Source 003. */
export async function setCronJobEnabled(ctx: Context, input: SetCronJobEnabled): Promise<CronJob> {
  requireScope(ctx, 'admin')
  return await updateCronJob(ctx, parseInput(SetCronJobEnabled, input))
}

function refuseOwn({ name, definition }: CronJob, changed: JobField[]): void {
  const own = changed.find((field) => field === 'name' || field === 'action')
  if (definition === null || own === undefined) return
  const message = `belongs to the program in ${name}; disable it, and make a job of your own`
  throw new LedgerError('invalid', `${own} ${message}`, { issues: [{ path: own, message }] })
}

/** What is as the program has it is no change any more. */
function noted(
  { changes, definition, ...job }: CronJob,
  wanted: CronJobPatch,
  changed: JobField[],
  who: { by: string; at: string },
): CronJob['changes'] {
  const kept = { ...changes }
  for (const field of changed) {
    if (definition !== null && isSameJson(wanted[field], definition[field])) delete kept[field]
    else kept[field] = { ...who, from: job[field] }
  }
  return kept
}
