import type { AuditEntry } from '../../ports/audit-store.ts'
import type { Context } from '../../ports/context.ts'
import type { CronJob } from '../../run/cron-job.ts'

/** What the audit keeps of what somebody did to a cron job. Cron page: every change is an audit row. */
export function auditOfJob(
  { newId, actor, requestId }: Context,
  action: 'cron.created' | 'cron.changed' | 'cron.deleted',
  { id, name, projectId }: Pick<CronJob, 'id' | 'name' | 'projectId'>,
  fields: Record<string, unknown> = {},
): AuditEntry {
  const stats = { cronJobId: id, cronJob: name, ...fields }
  return { id: newId(), action, actor: actor.name, requestId, projectId, stats }
}
