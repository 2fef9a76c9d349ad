import { html } from 'hono/html'
import type { CronJobDetails } from '../../../ledger/cron/cron-jobs.ts'
import type { CronJobChanged } from '../../../run/cron-job.ts'
import { empty, table } from '../parts/blocks.ts'
import { ago, time } from '../parts/times.ts'
import { duration } from '../parts/words.ts'
import type { Reader } from '../reader.ts'
import { actionWords } from './action-words.ts'

const LABELS: Record<string, string> = {
  name: 'Name',
  description: 'Description',
  schedule: 'Schedule',
  timeZone: 'Time zone',
  action: 'Action',
  projectId: 'Project',
  isEnabled: 'Enabled',
  timeoutMs: 'Timeout',
  maxRetries: 'Retries',
  missedPolicy: 'When times were missed',
  overlapPolicy: 'When the last one is at work',
}
const SHOWN = [
  'schedule',
  'timeZone',
  'action',
  'projectId',
  'isEnabled',
  'timeoutMs',
  'maxRetries',
  'missedPolicy',
  'overlapPolicy',
] as const

const POLICIES: Record<string, Record<string, string>> = {
  missedPolicy: {
    once: 'only the last missed one runs',
    skip: 'missed ones do not run',
    all: 'the last ten missed ones run',
  },
  overlapPolicy: { skip: 'the new one is skipped', queue: 'the new one waits', allow: 'both run' },
}

/** Each setting, and where its value comes from. */
export function jobSettings(reader: Reader, job: CronJobDetails) {
  return table({
    caption: 'Settings, and where each value comes from',
    fold: true,
    columns: ['Setting', 'Value', 'Where from'],
    rows: SHOWN.map((field) => [
      LABELS[field] ?? field,
      field === 'action' ? actionWords(job.action) : shown(field, job[field]),
      originOf(reader, job, field),
    ]),
  })
}

function originOf(
  reader: Reader,
  { changes, definition, createdBy, createdAt, schedule }: CronJobDetails,
  field: string,
) {
  const change = changes[field]
  const names = field === 'schedule' ? [...schedule.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name) : []
  const variables =
    names.length === 0
      ? ''
      : html`<div class="dim">with ${names.map((name) => html`<code>${name}</code> `)} of the server, or its default</div>`
  if (change === undefined)
    return html`${definition === null ? html`${createdBy}, ${ago(reader, createdAt)}` : 'the program'}${variables}`
  const program =
    definition !== null && field in definition
      ? html`; the program has <code>${shown(field, definition[field])}</code>`
      : ''
  return html`${change.by}, ${ago(reader, change.at)}
    <div class="dim">it was <code>${shown(field, change.from)}</code>${program}</div>${variables}`
}

/** What people changed, newest first. */
export function jobChanges(reader: Reader, history: CronJobChanged[]) {
  if (history.length === 0)
    return empty('Nobody has changed it', 'What is changed, by whom and when, will stand here.')
  return table({
    caption: 'What people changed',
    fold: true,
    columns: ['When', 'Who', 'What'],
    rows: history.map(({ at, by, fields }) => [
      time(reader, at),
      by,
      html`${Object.entries(fields).map(
        ([field, { from, to }]) =>
          html`<div>${LABELS[field] ?? field}: <code>${shown(field, from)}</code> → <code>${shown(field, to)}</code></div>`,
      )}`,
    ]),
  })
}

/** A value as a reader takes it. */
function shown(field: string, value: unknown): string {
  if (value === null || value === undefined) return 'none'
  if (field === 'timeoutMs' && typeof value === 'number') return duration(value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string') return POLICIES[field]?.[value] ?? value
  return JSON.stringify(value)
}
