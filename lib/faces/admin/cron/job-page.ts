import { html } from 'hono/html'
import { awaitingWorker } from '../../../ledger/cron/awaiting-worker.ts'
import { listCronExecutions } from '../../../ledger/cron/cron-executions.ts'
import { type CronJobDetails, getCronJob } from '../../../ledger/cron/cron-jobs.ts'
import { getCronSettings } from '../../../ledger/cron/cron-settings.ts'
import { cronTrend } from '../../../ledger/cron/cron-trend.ts'
import { type LatelyOfJob, recentOccurrences } from '../../../ledger/cron/recent-occurrences.ts'
import { ExecutionStatus } from '../../../run/cron-execution.ts'
import type { Page, PageCall, View } from '../page.ts'
import { empty, facts, figure, figures, pager, panel } from '../parts/blocks.ts'
import { ago, time } from '../parts/times.ts'
import { count, duration, percent } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { actionFacts } from './action-words.ts'
import { dots } from './dots.ts'
import { history, historyFilters, noHistory } from './history.ts'
import { jobButtons } from './job-buttons.ts'
import { standing } from './job-rows.ts'
import { jobChanges, jobSettings } from './job-settings.ts'
import { jobTrend } from './job-trend.ts'
import { nextTimes } from './next-times.ts'

const REFRESH_SECONDS = 5
const PAGE = 20

export const jobPage: Page = {
  method: 'get',
  path: paths.cronJob('{id}'),
  scope: 'admin',
  handler: show,
  isLive: true,
}

/** One job: what it does and when, what came of it, how long that took, and who set what. */
async function show({ ctx, params, query, reader }: PageCall): Promise<View> {
  const job = await getCronJob(ctx, { job: params.id ?? '' })
  const status = ExecutionStatus.options.find((one) => one === query.status)
  const { cursor } = query
  const [executions, points, lately, awaiting, { paused }] = await Promise.all([
    listCronExecutions(ctx, {
      job: job.id,
      limit: PAGE,
      ...(status === undefined ? {} : { status: [status] }),
      ...(cursor ? { cursor } : {}),
    }),
    cronTrend(ctx, { job: job.id }),
    recentOccurrences(ctx, { jobs: [job.id] }),
    awaitingWorker(ctx, { job: job.id }),
    getCronSettings(ctx),
  ])
  const recent = lately.get(job.id) ?? { occurrences: [], medianDurationMs: null, p95DurationMs: null }
  const listed = paths.cronJob(job.id, { status })
  return {
    title: job.name,
    section: 'cron',
    ...(cursor ? {} : { refresh: REFRESH_SECONDS }),
    body: html`${head(reader, job)} ${numbers(reader, job, recent, paused)}
      ${panel('Last 20 occurrences', dots(reader, job.name, recent.occurrences, awaiting))}
      <div class="columns">
        ${panel('What it does', facts(actionFacts(job.action)))}
        ${panel('Next five times', nextOf(reader, job))}
      </div>
      ${panel(
        'History',
        html`${historyFilters(job.id, status)}
        ${executions.data.length === 0 ? noHistory(status) : history(reader, executions.data, awaiting)}
        ${pager({
          first: cursor ? `${listed}#history` : null,
          next:
            executions.nextCursor === null
              ? null
              : `${paths.cronJob(job.id, { status, cursor: executions.nextCursor })}#history`,
        })}`,
      )}
      ${panel('Duration and memory', jobTrend(reader, points, { ...recent, timeoutMs: job.timeoutMs }))}
      ${panel('Settings', jobSettings(reader, job), { aside: html`<a href="${paths.cronAction(job.id, 'edit')}">Edit</a>` })}
      ${panel('Changes', jobChanges(reader, job.history))}`,
  }
}

const head = (
  reader: Reader,
  job: CronJobDetails,
) => html`<nav class="crumbs" aria-label="Above this page"><a href="${paths.cron()}">Cron</a></nav>
  <div class="page-head">
    <h1>${job.name} ${standing(job)}</h1>
    ${jobButtons(reader, job)}
  </div>
  ${job.description === null ? '' : html`<p>${job.description}</p>`}
  ${job.isEnabled && job.problem !== null ? html`<p class="problem" role="alert">It does not run: ${job.problem}.</p>` : ''}`

function numbers(
  reader: Reader,
  { statistics, nextRunAt, failuresInRow, scheduleInWords, timeZone }: CronJobDetails,
  { medianDurationMs, p95DurationMs }: LatelyOfJob,
  paused: boolean,
) {
  const { completed = 0, failed = 0, timeout = 0, missed = 0, skipped = 0 } = statistics.byStatus
  const { lastRun } = statistics
  return html`<p class="lead">${scheduleInWords ?? `No schedule that can be read (${timeZone})`}</p>
    ${figures([
      figure(
        'Next run',
        nextRunAt === null ? '–' : paused ? 'paused' : ago(reader, nextRunAt),
        nextRunAt === null
          ? 'none is to come'
          : paused
            ? html`as all jobs are; what is due is skipped, from ${time(reader, nextRunAt)} on`
            : time(reader, nextRunAt),
      ),
      figure(
        'Last run',
        lastRun === null ? '–' : ago(reader, lastRun.startedAt),
        lastRun === null ? 'it has not run yet' : lastRun.status,
      ),
      figure(
        'Success',
        percent(statistics.successRate),
        `${count(completed)} of ${count(completed + failed + timeout)} went well`,
      ),
      figure('Missed', count(missed), html`since ${time(reader, statistics.since)}`),
      figure('Skipped', count(skipped), html`since ${time(reader, statistics.since)}`),
      figure(
        'Takes',
        medianDurationMs === null ? '–' : duration(medianDurationMs),
        p95DurationMs === null ? '' : `95 % within ${duration(p95DurationMs)}`,
      ),
      figure('Failures in a row', count(failuresInRow)),
    ])}`
}

const nextOf = (reader: Reader, { nextRuns, timeZone, isEnabled }: CronJobDetails) =>
  nextRuns.length === 0
    ? empty(
        'None',
        isEnabled ? 'Something is in its way: see above.' : 'It is disabled: “Enable” lets it run again.',
      )
    : nextTimes(reader, timeZone, nextRuns)
