import { html } from 'hono/html'
import {
  getCronSettings,
  type PutCronSettings,
  putCronSettings,
  type ShownCronSettings,
} from '../../../ledger/cron/cron-settings.ts'
import { isLedgerError } from '../../../run/errors.ts'
import type { Form, Page, View } from '../page.ts'
import { panel } from '../parts/blocks.ts'
import { csrfField, field } from '../parts/form.ts'
import { ago } from '../parts/times.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { sayNext } from '../session/cookies.ts'
import { checkbox, Entries, problemsOf } from './entries.ts'

/** What all cron jobs have in common, and who set it. */
export const settingsPages: Page[] = [
  {
    method: 'get',
    path: paths.cronSettings,
    scope: 'admin',
    handler: async ({ ctx, reader }) => view(reader, await getCronSettings(ctx)),
  },
  {
    method: 'post',
    path: paths.cronSettings,
    scope: 'admin',
    async handler({ c, ctx, form, reader }) {
      try {
        await putCronSettings(ctx, read(form))
      } catch (error) {
        if (!isLedgerError(error) || error.code !== 'invalid') throw error
        const stored = await getCronSettings(ctx)
        return { ...view(reader, stored, form, problemsOf(error)), status: 422 }
      }
      sayNext(c, 'The settings are saved.')
      return c.redirect(paths.cron(), 303)
    },
  },
]

function read(form: Form): PutCronSettings {
  const entries = new Entries(form)
  const settings = {
    paused: form.get('paused') === 'yes',
    defaultTimeoutMs: entries.milliseconds('defaultTimeoutMs'),
    defaultMaxRetries: entries.number('defaultMaxRetries'),
    executionRetentionDays: entries.number('executionRetentionDays'),
    alertAfterFailures: entries.number('alertAfterFailures'),
    missedAfterSeconds: entries.number('missedAfterSeconds'),
  }
  for (const [name] of FIELDS)
    if (form.get(name) === undefined)
      entries.issues.push({
        path: name,
        message: 'must not be empty: what counts stays as it is until you set another',
      })
  entries.throwIfWrong()
  return settings
}

const FIELDS = [
  [
    'defaultTimeoutMs',
    'Timeout of new jobs (seconds)',
    'When a builtin or a call is ended, unless the job says otherwise.',
  ],
  ['defaultMaxRetries', 'Retries of new jobs', 'After 1 s, 2 s, 4 s … up to 30 s.'],
  ['executionRetentionDays', 'Days kept', 'Of executions: statistics reach back as far.'],
  ['alertAfterFailures', 'Failures before an alert', 'In a row. One success resolves it.'],
  [
    'missedAfterSeconds',
    'Late after (seconds)',
    'An occurrence that begins later; with the policy skip it is missed.',
  ],
] as const

function view(
  reader: Reader,
  settings: ShownCronSettings,
  typed?: Form,
  problems: Record<string, string> = {},
): View {
  const shownOf = (name: (typeof FIELDS)[number][0]) =>
    typed === undefined
      ? String(name === 'defaultTimeoutMs' ? settings[name] / 1_000 : settings[name])
      : typed.get(name)
  const changed = (name: string) => {
    const change = settings.changes[name]
    return change === undefined ? 'Default.' : html`Set by ${change.by} ${ago(reader, change.at)}.`
  }
  return {
    title: 'Settings of all cron jobs',
    section: 'cron',
    body: html`<nav class="crumbs" aria-label="Above this page"><a href="${paths.cron()}">Cron</a></nav>
      <h1>Settings of all jobs</h1>
      <form method="post" action="${paths.cronSettings}">
        ${csrfField(reader)}
        ${panel(
          'Settings',
          html`${checkbox({
            name: 'paused',
            label: 'Pause cron',
            isChecked: typed === undefined ? settings.paused : typed.get('paused') === 'yes',
            hint: html`Occurrences are recorded as skipped; what is under way goes on. ${changed('paused')}`,
          })}
          <div class="fields top">
            ${FIELDS.map(([name, label, hint]) =>
              field({
                name,
                label,
                type: 'number',
                required: true,
                value: shownOf(name),
                problem: problems[name],
                hint: html`${hint} ${changed(name)}`,
              }),
            )}
          </div>`,
        )}
        <div class="actions"><button class="main">Save</button><a class="button" href="${paths.cron()}">Back</a></div>
      </form>`,
  }
}
