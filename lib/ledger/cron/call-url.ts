import type { Context } from '../../ports/context.ts'
import type { CronExecution } from '../../run/cron-execution.ts'
import type { CronAction, CronJob } from '../../run/cron-job.ts'
import { signWebhook } from '../webhooks/sign.ts'
import { derivedSecrets } from '../webhooks/webhook-secrets.ts'
import type { ActionOutcome } from './action-outcome.ts'
import { secretName } from './job-secret.ts'

type HttpAction = Extract<CronAction, { type: 'http' }>

export interface UrlCall {
  action: HttpAction
  job: CronJob
  execution: CronExecution
  signal: AbortSignal
  timeoutMs: number
}

/**
 * Posts an execution to its job's URL, signed per Standard Webhooks; all attempts have one `webhook-id`, by which a receiver knows
 * them, and `webhook-attempt` counts them from 1. An answer of 200 to 299 is a success; of any, up to 16 KB are kept. A redirect is
 * not followed, and not asked for again.
 */
export async function callUrl(ctx: Context, call: UrlCall): Promise<ActionOutcome> {
  const { action, job, execution, signal, timeoutMs } = call
  const body = JSON.stringify(action.body ?? factsOf(job, execution))
  const own = signWebhook(ctx, { id: idOf(execution), body, secret: derivedSecrets(ctx, secretName(job.id)) })
  const attempt = { 'webhook-attempt': String(execution.retryCount + 1) }
  const headers = { ...action.headers, 'content-type': 'application/json', ...own, ...attempt }
  // The signal comes first: it says whose time was over.
  const answer = await ctx.outbound.post({
    url: action.url,
    headers,
    body,
    timeoutMs: timeoutMs + SPARE_MS,
    signal,
  })
  const isGood = answer.status >= 200 && answer.status < 300
  const isRedirect = answer.status >= 300 && answer.status < 400
  const why = `the URL answered ${answer.status}${isRedirect ? ', and no redirect is followed' : ''}`
  return {
    status: isGood ? 'completed' : 'failed',
    output: answer.body,
    errorMessage: isGood ? null : why,
    metrics: { status: answer.status },
    isRetryable: !isRedirect,
  }
}

const SPARE_MS = 1_000

function idOf({ id, firstId, cronJobId, scheduledFor }: CronExecution): string {
  return scheduledFor === null ? `cron_${firstId ?? id}` : `cron_${cronJobId}_${Date.parse(scheduledFor)}`
}

function factsOf({ id, name }: CronJob, execution: CronExecution) {
  const { id: executionId, scheduledFor, retryCount, triggeredBy, startedAt } = execution
  return {
    type: 'cron.occurrence',
    timestamp: startedAt,
    data: { cronJobId: id, name, executionId, scheduledFor, retryCount, triggeredBy },
  }
}
