import type { Context } from '../../ports/context.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { derivedSecrets } from '../webhooks/webhook-secrets.ts'
import { findJob } from './find-job.ts'
import { CronJobRef } from './job-input.ts'

/**
 * What verifies the signatures of a job's `http` calls (`whsec_…`, Standard Webhooks). Made of the ledger's own secret, kept
 * nowhere. Throws `not_found`.
 */
export async function getCronJobSecret(ctx: Context, input: CronJobRef): Promise<{ secret: string }> {
  requireScope(ctx, 'admin')
  const { id } = await findJob(ctx, parseInput(CronJobRef, input).job)
  return { secret: derivedSecrets(ctx, secretName(id))[0] }
}

/** What a job's secrets are derived for. */
export const secretName = (jobId: string) => `cron:${jobId}`
