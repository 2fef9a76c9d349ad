import { html } from 'hono/html'
import type { ValidatedSchedule } from '../../../ledger/cron/validate-schedule.ts'
import { panel } from '../parts/blocks.ts'
import { choice, csrfField, field } from '../parts/form.ts'
import type { Reader } from '../reader.ts'
import { actionFields } from './action-fields.ts'
import { checkbox } from './entries.ts'
import { nextTimes } from './next-times.ts'
import type { TypedJob } from './typed-job.ts'

export interface EditForm {
  /** Where it is sent. */
  to: string
  /** Where whoever changes their mind goes. */
  back: string
  typed: TypedJob
  /** By field, what is wrong with it. */
  problems: Record<string, string>
  /** What the schedule means; null: it has not been looked at, or is wrong. */
  preview: ValidatedSchedule | null
  /** A job of the program's own keeps its name and its action. */
  isOwn: boolean
}

/** The form of a job: what it does, when, and what becomes of what goes wrong. Looked at first, saved after. */
export function editForm(reader: Reader, form: EditForm) {
  const { to, back, typed, problems, preview, isOwn } = form
  const of = (name: keyof TypedJob) => ({ name, value: typed[name], problem: problems[name] })
  return html`<form method="post" action="${to}" class="edit">
    ${csrfField(reader)}
    <input type="hidden" name="updatedAt" value="${typed.updatedAt}" />
    ${panel(
      'When',
      html`<div class="fields top">
          ${field({ ...of('schedule'), label: 'Schedule', required: true, placeholder: '0 2 * * *', hint: html`Minute, hour, day of the month, month, day of the week; a second may stand before them. <code>*/15 * * * *</code> is every quarter of an hour.` })}
          ${field({ ...of('timeZone'), label: 'Time zone', required: true, placeholder: 'Europe/Berlin', hint: 'An IANA name. When the clock is changed, a fixed time comes once, and an interval goes on by elapsed time.' })}
        </div>
        ${preview === null ? '' : html`<div class="preview" role="status"><p><strong>${preview.words}</strong></p>${nextTimes(reader, typed.timeZone || 'UTC', preview.nextRuns)}</div>`}
        <button name="do" value="preview">Show the next five times</button>`,
    )}
    ${isOwn ? '' : panel('What', actionFields(typed, problems))}
    ${panel(
      'The job',
      html`${isOwn ? '' : field({ ...of('name'), label: 'Name', required: true, hint: 'Letters, digits, spaces and . _ @ ( ) -' })}
        ${field({ ...of('description'), label: 'Description', hint: 'What it is for, in a line.' })}
        ${checkbox({ name: 'isEnabled', label: 'Enabled', isChecked: typed.isEnabled === 'yes', hint: 'A disabled job runs by hand alone.' })}`,
    )}
    ${panel(
      'When something goes wrong',
      html`<div class="fields top">
        ${field({ ...of('timeoutMs'), label: 'Timeout (seconds)', hint: 'When a builtin or a call is ended. Empty: as the settings of all jobs have it.' })}
        ${field({ ...of('maxRetries'), label: 'Retries', hint: 'After a failure, 1 s, 2 s, 4 s … up to 30 s later. Empty: as the settings have it.' })}
        ${choice({
          ...of('missedPolicy'),
          label: 'When nobody was there in time',
          options: [
            ['once', 'Only the last missed one runs'],
            ['skip', 'Missed ones do not run'],
            ['all', 'The last ten missed ones run'],
          ],
          hint: 'As after an hour without a server. What does not run is recorded as missed.',
        })}
        ${choice({
          ...of('overlapPolicy'),
          label: 'When the last one is still at work',
          options: [
            ['skip', 'The new one is skipped'],
            ['queue', 'The new one waits'],
            ['allow', 'Both run'],
          ],
          hint: 'What is skipped is recorded, with the reason.',
        })}
      </div>`,
    )}
    <div class="actions">
      <button class="main" name="do" value="keep">Save</button>
      <a class="button" href="${back}">Back</a>
    </div>
  </form>`
}
