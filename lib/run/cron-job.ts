import { z } from 'zod'
import { ProjectId, RunId, RunKind } from './ids.ts'
import { Priority, Timestamp } from './run.ts'

/** What becomes of occurrences that were not fired in time: the last one runs, none does, or up to ten do. */
export const MissedPolicy = z.enum(['once', 'skip', 'all']).meta({
  id: 'MissedPolicy',
  description:
    'What becomes of occurrences that nobody fired in time: the last one runs, none, or the last ten',
})
export type MissedPolicy = z.infer<typeof MissedPolicy>

/** What becomes of an occurrence that finds the last one at work: it is skipped, waits, or runs beside it. */
export const OverlapPolicy = z.enum(['skip', 'queue', 'allow']).meta({
  id: 'OverlapPolicy',
  description: 'What becomes of an occurrence that finds the last one at work',
})
export type OverlapPolicy = z.infer<typeof OverlapPolicy>

/** A builtin of the program, a run for a worker, or a call to somebody's URL. */
export const CronAction = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('builtin'), name: z.string() }),
    z.object({
      type: z.literal('enqueue'),
      kind: RunKind,
      input: z.unknown(),
      priority: Priority,
      maxAttempts: z.number().int(),
      timeoutSeconds: z.number().int().nullable(),
      name: z.string().nullable(),
      labels: z.record(z.string(), z.string()),
    }),
    z.object({
      type: z.literal('http'),
      url: z.string(),
      headers: z.record(z.string(), z.string()),
      body: z.unknown().meta({ description: 'Null: the facts of the execution are sent' }),
    }),
  ])
  .meta({ id: 'CronAction' })
export type CronAction = z.infer<typeof CronAction>

const Changed = z
  .object({ by: z.string(), at: Timestamp, from: z.unknown() })
  .meta({ description: 'Who set it last, when, and what it was before' })

/** A name, a schedule and an action. Source 003. */
export const CronJob = z
  .object({
    id: RunId,
    name: z.string(),
    description: z.string().nullable(),
    schedule: z.string().meta({ description: 'As it was written, with its variables' }),
    timeZone: z.string(),
    action: CronAction,
    projectId: ProjectId.nullable(),
    isEnabled: z.boolean(),
    problem: z.string().nullable().meta({ description: 'Why it does not run although it is enabled' }),
    timeoutMs: z.number().int(),
    maxRetries: z.number().int(),
    missedPolicy: MissedPolicy,
    overlapPolicy: OverlapPolicy,
    definition: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: 'What the program says of it; null: a person made it' }),
    changes: z
      .record(z.string(), Changed)
      .meta({ description: 'By field, what a person has set; a sync leaves these as they are' }),
    nextRunAt: Timestamp.nullable(),
    failuresInRow: z.number().int().meta({ description: 'Occurrences that failed since the last success' }),
    createdAt: Timestamp,
    updatedAt: Timestamp,
    createdBy: z.string(),
    lastModifiedBy: z.string(),
  })
  .meta({ id: 'CronJob', description: 'A name, a schedule and an action' })
export type CronJob = z.infer<typeof CronJob>

/** The problem of a job that is deleted, executions first; nothing of it begins any more. */
export const DELETING = 'it is being deleted'

/** Changes of a job that are kept, the last ones. */
export const CRON_CHANGES_KEPT = 20

/** What a person changed of a job at once. */
export const CronJobChanged = z
  .object({
    at: Timestamp,
    by: z.string(),
    fields: z
      .record(z.string(), z.object({ from: z.unknown(), to: z.unknown() }))
      .meta({ description: 'By field, what it was and what it became' }),
  })
  .meta({ id: 'CronJobChanged', description: 'What a person changed of a cron job at once' })
export type CronJobChanged = z.infer<typeof CronJobChanged>
