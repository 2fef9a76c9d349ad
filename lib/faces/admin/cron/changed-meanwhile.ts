import { html } from 'hono/html'
import type { CronJobDetails } from '../../../ledger/cron/cron-jobs.ts'
import { ago } from '../parts/times.ts'
import type { Reader } from '../reader.ts'
import { jobChanges } from './job-settings.ts'

/** Said where somebody else was quicker: what they changed since the form was loaded, and what to do. */
export function changedMeanwhile(reader: Reader, job: CronJobDetails, seen: string) {
  const since = job.history.filter(({ at }) => at > seen)
  return html`<section class="problem" role="alert" aria-labelledby="meanwhile">
    <h2 id="meanwhile">${job.lastModifiedBy} changed this job ${ago(reader, job.updatedAt)}</h2>
    <p>Nothing of yours is saved yet. Look at what they changed; “Save” sets everything as it stands in this form.</p>
    ${since.length === 0 ? '' : jobChanges(reader, since)}
  </section>`
}
