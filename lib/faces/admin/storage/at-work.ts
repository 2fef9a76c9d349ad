import { html } from 'hono/html'
import type { CronExecution } from '../../../run/cron-execution.ts'
import { ago } from '../parts/times.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'

/** Says that something is being done, and where to follow it. */
export function atWorkNote(reader: Reader, execution: CronExecution, what: string) {
  const { id, cronJobId, status, startedAt, createdAt } = execution
  return html`<p class="at-work" role="status">
    ${
      status === 'running'
        ? html`${what}, since ${ago(reader, startedAt)}.`
        : html`${what} with the next dispatch; it was asked for ${ago(reader, createdAt)}.`
    }
    <a href="${paths.cronExecution(cronJobId, id)}">Follow the execution</a>
  </p>`
}
