import type { AuditEntry } from '../../ports/audit-store.ts'
import type { Context } from '../../ports/context.ts'
import type { CronJob } from '../../run/cron-job.ts'

/** A change as the audit keeps it, by field. */
export type AuditedFields = Record<string, { from: unknown; to: unknown }>

/** What the audit keeps of what was done to a cron job, by a person or by the program. Cron page: every change is an audit row. */
export function auditOfJob(
  { newId, actor, requestId }: Context,
  action: 'cron.created' | 'cron.changed' | 'cron.deleted' | 'cron.triggered' | 'cron.canceled',
  { id, name, projectId }: Pick<CronJob, 'id' | 'name' | 'projectId'>,
  fields: Record<string, unknown> = {},
  reason: string | null = null,
): AuditEntry {
  const stats = { cronJobId: id, cronJob: name, ...fields }
  return { id: newId(), action, actor: actor.name, requestId, projectId, reason, stats }
}

/** What it keeps of what somebody asked for that concerns all jobs. */
export function auditOfJobs(
  { newId, actor, requestId }: Context,
  action: 'cron.seeded' | 'cron.reloaded' | 'cron.settings',
  stats: Record<string, unknown>,
): AuditEntry {
  return { id: newId(), action, actor: actor.name, requestId, stats }
}
