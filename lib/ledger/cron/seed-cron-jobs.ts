import type { Context } from '../../ports/context.ts'
import { requireScope } from '../require-scope.ts'
import { auditOfJobs } from './audit-of-cron.ts'
import { type SyncedCronJobs, syncCronJobs } from './sync-cron-jobs.ts'

/** `syncCronJobs` for somebody who asks for it: that they did is kept in the audit, also where all was as it is to be. Source 003. */
export async function seedCronJobs(ctx: Context): Promise<SyncedCronJobs> {
  requireScope(ctx, 'admin')
  const synced = await syncCronJobs(ctx)
  const { created, updated, retired } = synced
  await ctx.audit.append([auditOfJobs(ctx, 'cron.seeded', { created, updated, retired })])
  return synced
}
