import { html } from 'hono/html'
import type { CronStats } from '../../../ledger/cron/cron-stats.ts'
import type { Html } from '../page.ts'
import { figure, figures } from '../parts/blocks.ts'
import { actionButton } from '../parts/form.ts'
import { ago, time } from '../parts/times.ts'
import { count, counted, percent } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'

/**
 * How cron as a whole stands, what is wrong with it, and what can be done about all jobs at once. `awaiting`: so many of what runs wait
 * for a worker.
 */
export function systemStatus(reader: Reader, stats: CronStats, awaiting: number) {
  const { jobs, nextRunAt, executions, paused } = stats
  const {
    completed = 0,
    failed = 0,
    timeout = 0,
    missed = 0,
    skipped = 0,
    running = 0,
    queued = 0,
  } = executions
  const waiting = queued + Math.min(running, awaiting)
  const ended = completed + failed + timeout
  return html`${attention(reader, stats)}
    ${figures([
      figure(
        'Enabled',
        `${count(jobs.enabled)} of ${count(jobs.total)}`,
        jobs.withProblem === 0 ? '' : `${count(jobs.withProblem)} cannot run`,
      ),
      figure('Failing', count(jobs.failing), 'jobs whose last occurrence failed'),
      figure('At work', count(running + queued - waiting), waiting === 0 ? '' : `${count(waiting)} waiting`),
      figure('Executions', count(ended), `in the last 24 hours; ${count(failed + timeout)} failed`),
      figure(
        'Success',
        percent(ended === 0 ? null : completed / ended),
        missed + skipped === 0
          ? 'in the last 24 hours'
          : `${count(missed)} missed, ${count(skipped)} skipped`,
      ),
      figure(
        'Next due',
        nextRunAt === null ? '–' : paused ? 'paused' : ago(reader, nextRunAt),
        nextRunAt === null ? 'no job is to run' : paused ? 'what is due is skipped' : time(reader, nextRunAt),
      ),
    ])}
    <div class="actions" id="cron-all">
      ${actionButton(reader, { to: paths.cronReload, label: 'Read variables anew' })}
      ${actionButton(reader, { to: paths.cronSeed, label: 'Make the program’s own jobs' })}
      <a class="button" href="${paths.cronSettings}">Settings of all jobs</a>
    </div>`
}

function attention(reader: Reader, { paused, overdue, jobs }: CronStats) {
  const lines = [
    paused
      ? line(
          paths.cronSettings,
          'Cron is paused.',
          'Occurrences are recorded as skipped until somebody lets it go on.',
          'The settings',
        )
      : null,
    overdue === null || reader.now - Date.parse(overdue.since) < GRACE_MS
      ? null
      : line(
          paths.cron(),
          'Nothing has ticked.',
          html`${counted(overdue.jobs, 'job')} should have begun, the first ${ago(reader, overdue.since)}. See that the server runs, or that the platform calls /api/cron/tick.`,
          '',
          'bad',
        ),
    jobs.withProblem === 0
      ? null
      : line(
          paths.cron({ show: 'failing' }),
          `${counted(jobs.withProblem, 'job')} cannot run`,
          'although enabled: each says why.',
          'These jobs',
        ),
  ].filter((line) => line !== null)
  return lines.length === 0 ? '' : html`<ul class="attention">${lines}</ul>`
}

/** `place`: what it leads to is called. */
const line = (href: string, what: string, words: Html | string, place: string, tone = '') =>
  html`<li><a class="item ${tone}" href="${href}"><span class="words"><strong>${what}</strong> ${words} <span class="place">${place}</span></span></a></li>`

/** As long as a tick may take to come. */
const GRACE_MS = 120_000
