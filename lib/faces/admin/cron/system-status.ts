import { html } from 'hono/html'
import type { CronStats } from '../../../ledger/cron/cron-stats.ts'
import { figure, figures } from '../parts/blocks.ts'
import { actionButton } from '../parts/form.ts'
import { ago, time } from '../parts/times.ts'
import { count, counted, percent } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'

/** How cron as a whole stands, what is wrong with it, and what can be done about all jobs at once. */
export function systemStatus(reader: Reader, stats: CronStats) {
  const { jobs, nextRunAt, executions } = stats
  const {
    completed = 0,
    failed = 0,
    timeout = 0,
    missed = 0,
    skipped = 0,
    running = 0,
    queued = 0,
  } = executions
  const ended = completed + failed + timeout
  return html`${attention(reader, stats)}
    ${figures([
      figure(
        'Enabled',
        `${count(jobs.enabled)} of ${count(jobs.total)}`,
        jobs.withProblem === 0 ? '' : `${count(jobs.withProblem)} cannot run`,
      ),
      figure('Failing', count(jobs.failing), 'jobs whose last occurrence failed'),
      figure('At work', count(running), queued === 0 ? '' : `${count(queued)} waiting`),
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
        nextRunAt === null ? '–' : ago(reader, nextRunAt),
        nextRunAt === null ? 'no job is to run' : time(reader, nextRunAt),
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
      ? html`<li><a href="${paths.cronSettings}"><strong>Cron is paused</strong> Occurrences are recorded as skipped until somebody lets it go on in the settings.</a></li>`
      : null,
    overdue === null || reader.now - Date.parse(overdue.since) < GRACE_MS
      ? null
      : html`<li><a class="bad" href="${paths.cron()}"><strong>Nothing has ticked</strong>
          ${counted(overdue.jobs, 'job')} should have begun, the first ${ago(reader, overdue.since)}. See that the server runs, or that the platform calls /api/cron/tick.</a></li>`,
    jobs.withProblem === 0
      ? null
      : html`<li><a href="${paths.cron({ show: 'failing' })}"><strong>${counted(jobs.withProblem, 'job')} cannot run</strong> although enabled: each says why.</a></li>`,
  ].filter((line) => line !== null)
  return lines.length === 0 ? '' : html`<ul class="attention">${lines}</ul>`
}

/** As long as a tick may take to come. */
const GRACE_MS = 120_000
