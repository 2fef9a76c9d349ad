import { html } from 'hono/html'
import type { CronJobDetails } from '../../../ledger/cron/cron-jobs.ts'
import { DELETING } from '../../../run/cron-job.ts'
import { actionButton, askedAction } from '../parts/form.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { enableButton } from './job-rows.ts'

/** What can be done with a job. */
export function jobButtons(reader: Reader, job: CronJobDetails) {
  const { id, name, definition, changes, problem } = job
  const deleting = askedAction(
    reader,
    {
      to: paths.cronAction(id, 'delete'),
      label: problem === DELETING ? 'Go on deleting' : 'Delete',
      tone: 'danger',
      subject: name,
    },
    html`<p>The job goes, and with it all its executions. Runs that it enqueued stay. This cannot be undone.</p>`,
  )
  if (problem === DELETING) return html`<div class="actions">${deleting}</div>`
  return html`<div class="actions">
    ${actionButton(reader, { to: paths.cronAction(id, 'trigger'), label: 'Run now', tone: 'main', subject: name })}
    ${enableButton(reader, job, paths.cronJob(id))}
    <a class="button" href="${paths.cronAction(id, 'edit')}">Edit</a>
    ${definition === null ? deleting : ''}
    ${
      definition === null || Object.keys(changes).length === 0
        ? ''
        : askedAction(
            reader,
            { to: paths.cronAction(id, 'restore'), label: 'Restore defaults', subject: name },
            html`<p>What people have set becomes again what the program says: ${Object.keys(changes).join(', ')}.</p>`,
          )
    }
  </div>`
}
