import { html } from 'hono/html'
import { awaitingWorker } from '../../../ledger/cron/awaiting-worker.ts'
import { getCronExecution } from '../../../ledger/cron/cron-executions.ts'
import { getCronJob } from '../../../ledger/cron/cron-jobs.ts'
import type { CronExecution } from '../../../run/cron-execution.ts'
import { LedgerError } from '../../../run/errors.ts'
import type { Html, Page, PageCall, View } from '../page.ts'
import { empty, facts, panel } from '../parts/blocks.ts'
import { askedAction, field } from '../parts/form.ts'
import { time, withTimes } from '../parts/times.ts'
import { duration } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import {
  didNotBegin,
  executionBadge,
  isOpen,
  STATUS_WORDS,
  shownStatus,
  triggerWords,
} from './execution-words.ts'

const REFRESH_SECONDS = 2

export const executionPage: Page = {
  method: 'get',
  path: paths.cronExecution('{id}', '{execution}'),
  scope: 'admin',
  handler: show,
  isLive: true,
}

/** What came of one occurrence, or of one trigger by hand; while it is open it is looked at again and again. */
async function show({ ctx, params, reader }: PageCall): Promise<View> {
  const [job, one] = await Promise.all([
    getCronJob(ctx, { job: params.id ?? '' }),
    getCronExecution(ctx, { id: params.execution ?? '' }),
  ])
  if (one.cronJobId !== job.id)
    throw new LedgerError('not_found', `cron job ${job.name} has no execution ${one.id}`)
  const awaiting = one.status === 'running' ? await awaitingWorker(ctx, { job: job.id }) : new Set<string>()
  const status = shownStatus(one, awaiting)
  return {
    title: `${job.name}: ${status}`,
    section: 'cron',
    ...(isOpen(one) ? { refresh: REFRESH_SECONDS } : {}),
    body: html`<nav class="crumbs" aria-label="Above this page"><a href="${paths.cron()}">Cron</a> <a href="${paths.cronJob(job.id)}">${job.name}</a></nav>
      <div class="page-head">
        <h1>Execution ${executionBadge(status)}</h1>
        ${mayBeCanceled(one) ? cancel(reader, one) : ''}
      </div>
      <p>It ${awaiting.has(one.id) ? 'is queued: its run waits for a worker' : STATUS_WORDS[status]}${one.reason === null ? '' : html`: ${withTimes(reader, one.reason)}`}.</p>
      ${one.errorMessage === null ? '' : panel('Error', text(one.errorMessage))}
      ${panel('Facts', facts(factsOf(reader, one, awaiting)))}
      ${one.stackTrace === null ? '' : panel('Stack trace', text(one.stackTrace))}
      ${panel('Output', one.output === null || one.output === '' ? empty(isOpen(one) ? 'Nothing yet' : 'It printed nothing') : text(one.output))}
      ${one.metrics === null ? '' : panel('What it counted', facts(metricsOf(one.metrics)))}`,
  }
}

const text = (words: string) => html`<pre class="printed" tabindex="0">${words}</pre>`

const metricsOf = (metrics: Record<string, unknown>): [string, string][] =>
  Object.entries(metrics).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])

function factsOf(reader: Reader, one: CronExecution, awaiting: Set<string>): [string, Html | string][] {
  const known = (value: number | null, words: (value: number) => string) =>
    value === null ? '–' : words(value)
  return [
    ['Due', one.scheduledFor === null ? 'by hand, not by its schedule' : time(reader, one.scheduledFor)],
    ['Begun', triggerWords(one)],
    ['Recorded', time(reader, one.createdAt)],
    ['Started', time(reader, awaiting.has(one.id) ? null : one.startedAt)],
    ['Ended', time(reader, one.completedAt)],
    ['Took', known(one.durationMs, duration)],
    ['Late', known(didNotBegin(one) ? null : one.lateMs, duration)],
    [
      'Attempt',
      one.firstId === null
        ? '1'
        : html`${one.retryCount + 1}, after <a href="${paths.cronExecution(one.cronJobId, one.firstId)}">the first</a>`,
    ],
    ['Exit code', known(one.exitCode, String)],
    ['Memory', known(one.memoryUsageMb, (mb) => `${mb} MB`)],
    ['CPU', known(one.cpuUsagePercent, (share) => `${share} %`)],
    ['Run', one.runId === null ? '–' : html`<a href="${paths.run(one.runId)}"><code>${one.runId}</code></a>`],
    ['Execution', html`<code>${one.id}</code>`],
    ['Request', one.requestId === null ? '–' : html`<code>${one.requestId}</code>`],
  ]
}

/** One that waits, or whose run may be asked to stop. */
const mayBeCanceled = ({ status, runId }: CronExecution) =>
  status === 'queued' || (status === 'running' && runId !== null)

const cancel = (reader: Reader, { id, cronJobId, runId }: CronExecution) =>
  askedAction(
    reader,
    { to: `${paths.cronExecution(cronJobId, id)}/cancel`, label: 'Cancel', tone: 'danger' },
    html`<p>${runId === null ? 'It waits, and will not begin.' : 'Its run is asked to stop.'}</p>
      ${field({ label: 'Reason', name: 'reason', hint: 'May be left empty.' })}`,
  )
