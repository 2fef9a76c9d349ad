import { html } from 'hono/html'
import { type CronExecution, ExecutionStatus } from '../../../run/cron-execution.ts'
import type { Html } from '../page.ts'
import { empty, table } from '../parts/blocks.ts'
import { chips } from '../parts/chips.ts'
import { ago, time, withTimes } from '../parts/times.ts'
import { duration } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { didNotBegin, executionBadge, STATUS_WORDS, shownStatus, triggerWords } from './execution-words.ts'

const SHORT = 1_000

/** What came of a job, newest first: each with what it printed and why it failed, to be opened. `awaiting`: those whose run waits for a worker. */
export function history(reader: Reader, executions: CronExecution[], awaiting: Set<string>): Html {
  return table({
    caption: 'Executions',
    fold: true,
    columns: [
      'Execution',
      'Due',
      'Began',
      { name: 'Took', right: true },
      { name: 'Late', right: true },
      { name: 'Memory', right: true },
      'Why',
      'Run',
    ],
    rows: executions.map((one) => [
      html`<a href="${paths.cronExecution(one.cronJobId, one.id)}">${executionBadge(shownStatus(one, awaiting))}</a>`,
      one.scheduledFor === null ? html`<span class="dim">by hand</span>` : time(reader, one.scheduledFor),
      awaiting.has(one.id) ? html`<span class="dim">waits for a worker</span>` : ago(reader, one.startedAt),
      one.durationMs === null ? '–' : duration(one.durationMs),
      one.lateMs === null || one.lateMs < 1_000 || didNotBegin(one) ? '–' : duration(one.lateMs),
      one.memoryUsageMb === null ? '–' : `${one.memoryUsageMb} MB`,
      html`${triggerWords(one)}${one.reason === null ? '' : html`<div class="dim">${withTimes(reader, one.reason)}</div>`}`,
      one.runId === null
        ? '–'
        : html`<a href="${paths.run(one.runId)}"><code>${one.runId.slice(-6)}</code></a>`,
    ]),
    below: executions.map((one) => printed(one)),
  })
}

/** What one printed, as far as a list shows it; undefined where it printed nothing. */
function printed({ id, cronJobId, output, errorMessage, stackTrace }: CronExecution): Html | undefined {
  const text = errorMessage ?? output
  if (text === null || text === '') return undefined
  const whole = [errorMessage, stackTrace, output].filter((one) => one !== null).join('\n\n')
  return html`<details id="printed-${id}">
    <summary>${errorMessage === null ? 'Output' : html`<span class="bad">Error</span>`} <code class="dim">${firstLine(text)}</code></summary>
    <pre class="printed" tabindex="0">${whole.slice(0, SHORT)}</pre>
    ${whole.length > SHORT ? html`<a href="${paths.cronExecution(cronJobId, id)}">All of it</a>` : ''}
  </details>`
}

const firstLine = (text: string) => text.trim().split('\n', 1)[0]?.slice(0, 100) ?? ''

/** One filter a status, and all of them. */
export function historyFilters(jobId: string, chosen: string | undefined) {
  const chip = (status: ExecutionStatus | undefined, words: string) => ({
    href: `${paths.cronJob(jobId, { status })}#history`,
    words,
    isNow: status === chosen,
    ...(status === undefined ? {} : { title: STATUS_WORDS[status] }),
  })
  return chips('Executions by status', [
    chip(undefined, 'all'),
    ...ExecutionStatus.options.map((status) => chip(status, status)),
  ])
}

export const noHistory = (status: string | undefined) =>
  status === undefined
    ? empty('It has not run yet', '“Run now” runs it once, whatever its schedule says.')
    : empty(`None is ${status}`, 'Another filter above may show more.')
