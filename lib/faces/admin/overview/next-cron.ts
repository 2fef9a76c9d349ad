import { html } from 'hono/html'
import type { UpcomingCron } from '../../../ledger/cron/upcoming-cron.ts'
import { empty, panel, table } from '../parts/blocks.ts'
import { ago, time } from '../parts/times.ts'
import { count } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import type { PausedCron } from './cron-items.ts'

const MOST_TIMES = 100

/** What cron will do in the next day, the first one first; while it is paused, what it will pass over. */
export function nextCron(reader: Reader, { jobs, more }: UpcomingCron, paused: PausedCron | null) {
  const title = 'The next 24 hours of cron'
  const aside = html`<a href="${paths.cron()}">${more > 0 ? `and ${count(more)} more` : 'all jobs'}</a>`
  const note = paused === null ? '' : pausedWords(reader, paused)
  if (jobs.length === 0) {
    const hint = html`Make one under <a href="${paths.newCronJob}">Cron</a>.`
    return panel(title, html`${note}${empty('No cron job runs in the next 24 hours', hint)}`, { aside })
  }
  const rows = jobs.map(({ id, name, nextRunAt, times, scheduleInWords }) => [
    html`<a href="${paths.cronJob(id)}">${name}</a>${scheduleInWords === null ? '' : html`<span class="under">${scheduleInWords}</span>`}`,
    time(reader, nextRunAt),
    ago(reader, nextRunAt),
    times < MOST_TIMES ? count(times) : `${MOST_TIMES}+`,
  ])
  const columns = ['Job', 'Next', 'In', { name: 'Times', right: true }]
  const list = table({ caption: 'Cron jobs, the next one first', fold: true, columns, rows })
  return panel(title, html`${note}${list}`, { aside })
}

const pausedWords = (reader: Reader, { by, at }: PausedCron) => html`<p class="paused">
  <strong>Paused</strong>${at === null ? '' : html` since ${time(reader, at)}`}${by === null ? '' : ` by ${by}`}: while it is,
  these times are recorded as skipped. <a href="${paths.cronSettings}">Settings of cron</a>
</p>`
