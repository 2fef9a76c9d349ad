import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { CronJobPatch } from '../../ports/cron-store.ts'
import { type CronJob, DELETING } from '../../run/cron-job.ts'
import { requireScope } from '../require-scope.ts'
import { auditOfJob } from './audit-of-cron.ts'
import { changeJob } from './change-job.ts'
import { type CronDefinition, DEFINITIONS } from './definitions.ts'
import { CRON_TOPIC } from './find-job.ts'
import { changedFields, isSameJson, pickFields } from './job-fields.ts'
import { RETIRED, standingOf } from './job-standing.ts'
import { readAnew } from './reload-cron-jobs.ts'

const Names = z.array(z.string())
export const SyncedCronJobs = z
  .object({
    created: Names,
    updated: Names,
    skipped: Names.meta({ description: 'As the program has them already, or another job has the name' }),
    retired: Names.meta({
      description: 'The program has them no more: they stand still until they are deleted',
    }),
  })
  .meta({ id: 'SyncedCronJobs' })
export type SyncedCronJobs = z.infer<typeof SyncedCronJobs>

/**
 * Makes the program's own jobs as it has them: new ones are created, changed ones updated, and what a person has set is kept. What is due
 * already is fired as it was, or skipped where there is no such job any more. Twice it changes nothing. Reads the variables in schedules anew, too.
 * What it changes of a job is a row of the audit.
 */
export async function syncCronJobs(
  ctx: Context,
  definitions: readonly CronDefinition[] = DEFINITIONS,
): Promise<SyncedCronJobs> {
  requireScope(ctx, 'admin')
  const synced: SyncedCronJobs = { created: [], updated: [], skipped: [], retired: [] }
  for (const definition of definitions) synced[await syncOne(ctx, definition)].push(definition.name)
  const names = new Set(definitions.map(({ name }) => name))
  for (const job of await readAnew(ctx)) {
    if (job.definition === null || names.has(job.name)) continue
    synced.retired.push(job.name)
    if (job.problem !== RETIRED && job.problem !== DELETING) await retire(ctx, job)
  }
  return synced
}

async function syncOne(ctx: Context, definition: CronDefinition): Promise<'created' | 'updated' | 'skipped'> {
  const job = await ctx.cron.getJob(definition.name)
  if (job === null) return (await create(ctx, definition)) ? 'created' : 'skipped'
  const isRetired = job.problem === RETIRED
  if (job.problem === DELETING) return 'skipped'
  if (job.definition === null || (isSameJson(job.definition, definition) && !isRetired)) return 'skipped'
  await changeJob(ctx, job.id, (now) => {
    // Another server was quicker.
    if (isSameJson(now.definition, definition) && now.problem !== RETIRED) return null
    const own = changedFields(now, definition).filter((field) => !(field in now.changes))
    const again = isRetired ? { schedule: now.schedule } : {}
    const wanted: CronJobPatch = pickFields(definition, own)
    const patch = { ...again, ...wanted, definition: { ...definition } }
    const fields = {
      ...(isRetired ? { problem: { from: now.problem, to: null } } : {}),
      ...Object.fromEntries(own.map((field) => [field, { from: now[field], to: wanted[field] }])),
    }
    const isChanged = Object.keys(fields).length > 0
    return {
      patch: { ...patch, lastModifiedBy: ctx.actor.name },
      own: isChanged ? { fields, reason: 'the program has it so' } : undefined,
    }
  })
  return 'updated'
}

async function create(ctx: Context, definition: CronDefinition): Promise<boolean> {
  const at = await ctx.cron.now()
  const standing = standingOf(ctx, definition, at)
  const given = {
    ...definition,
    ...standing,
    id: ctx.newId(),
    projectId: null,
    definition: { ...definition },
  }
  const { schedule, timeZone } = definition
  const audit = auditOfJob(ctx, 'cron.created', given, { schedule, timeZone }, 'the program has it')
  const job = await ctx.cron.insertJob({ ...given, createdBy: ctx.actor.name }, at, audit)
  ctx.signals.emit(CRON_TOPIC)
  return job !== null
}

async function retire(ctx: Context, { id }: CronJob): Promise<void> {
  const patch = { problem: RETIRED, nextRunAt: null, lastModifiedBy: ctx.actor.name }
  await changeJob(ctx, id, ({ problem }) => {
    if (problem === RETIRED) return null
    const fields = { problem: { from: problem, to: RETIRED } }
    return { patch, own: { fields, reason: 'the program has it no more' }, held: RETIRED }
  })
}
