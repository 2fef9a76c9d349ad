import { html } from 'hono/html'
import type { ShownCronJob } from '../../../ledger/cron/cron-jobs.ts'
import type { LatelyOfJob } from '../../../ledger/cron/recent-occurrences.ts'
import { table } from '../parts/blocks.ts'
import { actionButton } from '../parts/form.ts'
import { badge } from '../parts/state-badge.ts'
import { ago, time } from '../parts/times.ts'
import { duration, percent } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { actionWords } from './action-words.ts'
import { dotsInBrief } from './dots.ts'

const COLUMNS = [
  'Job',
  'Schedule',
  'Next run',
  'Last 20 occurrences',
  { name: 'Success', right: true },
  { name: '95 % within', right: true },
  { name: 'Actions', unseen: true },
]

/** Jobs as a table: when each runs, how it did, and what can be done with it. */
export function jobRows(reader: Reader, { caption, jobs, lately, awaiting, isPaused, back }: JobRows) {
  return table({
    caption,
    fold: true,
    columns: COLUMNS,
    rows: jobs.map((job) => {
      const { occurrences = [], p95DurationMs = null } = lately.get(job.id) ?? {}
      return [
        nameCell(job),
        scheduleCell(job),
        nextCell(reader, job, isPaused),
        dotsInBrief(reader, job, occurrences, awaiting),
        percent(job.statistics.successRate),
        p95DurationMs === null ? '–' : duration(p95DurationMs),
        html`<div class="actions">
          ${actionButton(reader, { to: paths.cronAction(job.id, 'trigger'), label: 'Run now', subject: job.name })}
          ${enableButton(reader, job, back)}
        </div>`,
      ]
    }),
  })
}

export interface JobRows {
  caption: string
  jobs: ShownCronJob[]
  lately: Map<string, LatelyOfJob>
  /** The executions whose run waits for a worker. */
  awaiting: Set<string>
  /** What is due is skipped. */
  isPaused: boolean
  /** The page to come back to. */
  back: string
}

/** Lets a job run, or stops it. */
export const enableButton = (
  reader: Reader,
  { id, name, isEnabled }: Pick<ShownCronJob, 'id' | 'name' | 'isEnabled'>,
  back: string,
) =>
  actionButton(reader, {
    to: paths.cronAction(id, isEnabled ? 'disable' : 'enable'),
    label: isEnabled ? 'Disable' : 'Enable',
    subject: name,
    fields: { back },
  })

/** Whether it runs, and what is in its way. */
export function standing({ isEnabled, problem, failuresInRow }: ShownCronJob) {
  return html`${isEnabled ? '' : badge('disabled', 'calm')}
    ${isEnabled && problem !== null ? badge('cannot run', 'bad') : ''}
    ${failuresInRow === 0 ? '' : badge(failuresInRow === 1 ? 'failed last' : `failed ${failuresInRow} times`, 'bad')}`
}

const nameCell = (
  job: ShownCronJob,
) => html`<div class="job-name"><a href="${paths.cronJob(job.id)}">${job.name}</a>
    ${standing(job)}</div>
  <div class="dim">${actionWords(job.action)}</div>
  ${job.isEnabled && job.problem !== null ? html`<div class="problem">${job.problem}</div>` : ''}`

const scheduleCell = ({ scheduleInWords, schedule, timeZone }: ShownCronJob) => {
  // The zone stands in the words already.
  const words = scheduleInWords ?? `not readable (${timeZone})`
  return html`<div>${words}</div><code class="dim">${schedule}</code>`
}

const nextCell = (reader: Reader, { nextRunAt }: ShownCronJob, isPaused: boolean) =>
  nextRunAt === null
    ? html`<span class="dim">–</span>`
    : html`<div>${time(reader, nextRunAt)}</div><div class="dim">${isPaused ? 'paused: it will be skipped' : ago(reader, nextRunAt)}</div>`
