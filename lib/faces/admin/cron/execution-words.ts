import { html } from 'hono/html'
import type { CronExecution, ExecutionStatus } from '../../../run/cron-execution.ts'

/** How an execution stands: a shape and a word, as of a run. */
export const executionBadge = (status: ExecutionStatus) =>
  html`<span class="state ${status}">${status}</span>`

/**
 * The same as the page shows it: one whose run waits for a worker is `queued`, whatever the ledger has begun. `awaiting`: the ids of
 * those.
 */
export const shownStatus = ({ id, status }: Pick<CronExecution, 'id' | 'status'>, awaiting: Set<string>) =>
  status === 'running' && awaiting.has(id) ? 'queued' : status

/** What each status says. */
export const STATUS_WORDS: Record<ExecutionStatus, string> = {
  queued: 'waits for its turn',
  running: 'is at work',
  completed: 'went well',
  failed: 'failed',
  timeout: 'took too long and was ended',
  skipped: 'did not run, for the one before was at work or cron was paused',
  missed: 'did not run, for nobody was there in time',
  canceled: 'was canceled',
}

/** Who or what began an execution. */
export function triggerWords({ triggeredBy, triggeredByUserId, retryCount }: CronExecution): string {
  const who = triggeredByUserId === null ? '' : ` by ${triggeredByUserId}`
  switch (triggeredBy) {
    case 'scheduler':
      return 'by its schedule'
    case 'manual':
      return `by hand${who}`
    case 'api':
      return `over the API${who}`
    case 'retry':
      return `retry ${retryCount}${who}`
  }
}

/** Whether nothing was done for it, so that it was not late either. */
export const didNotBegin = ({ status }: Pick<CronExecution, 'status'>): boolean =>
  status === 'missed' || status === 'skipped'

/** Whether it has not ended yet. */
export const isOpen = ({ status }: Pick<CronExecution, 'status'>): boolean =>
  status === 'queued' || status === 'running'
