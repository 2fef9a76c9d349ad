import type { CreateCronJob } from '../../../ledger/cron/create-cron-job.ts'
import type { CronJobChange } from '../../../ledger/cron/update-cron-job.ts'
import { MissedPolicy, OverlapPolicy } from '../../../run/cron-job.ts'
import type { CronSettings } from '../../../run/cron-settings.ts'
import type { Form } from '../page.ts'
import { Entries } from './entries.ts'

/** What holds for a job whose form leaves that empty. */
type Defaults = Pick<CronSettings, 'defaultTimeoutMs' | 'defaultMaxRetries'>

/** What a form says of a job of the program's own, whose name and action are its own. Throws `invalid`. */
export function toOwnChange(form: Form, defaults: Defaults): CronJobChange {
  const entries = new Entries(form)
  const change = common(form, entries, defaults)
  entries.throwIfWrong()
  return change
}

/** What a form says of any other job. Throws `invalid`. */
export function toJob(form: Form, defaults: Defaults): CreateCronJob {
  const entries = new Entries(form)
  const job = {
    ...common(form, entries, defaults),
    name: form.get('name') ?? '',
    projectId: form.get('projectId') ?? null,
    action: toAction(form, entries),
  }
  entries.throwIfWrong()
  return job
}

function common(form: Form, entries: Entries, defaults: Defaults) {
  return {
    description: form.get('description') ?? null,
    schedule: form.get('schedule') ?? '',
    timeZone: form.get('timeZone') ?? 'UTC',
    isEnabled: form.get('isEnabled') === 'yes',
    timeoutMs: entries.milliseconds('timeoutMs') ?? defaults.defaultTimeoutMs,
    maxRetries: entries.number('maxRetries') ?? defaults.defaultMaxRetries,
    missedPolicy: MissedPolicy.options.find((one) => one === form.get('missedPolicy')),
    overlapPolicy: OverlapPolicy.options.find((one) => one === form.get('overlapPolicy')),
  }
}

function toAction(form: Form, entries: Entries): CreateCronJob['action'] {
  switch (form.get('type')) {
    case 'builtin':
      return { type: 'builtin', name: form.get('builtin') ?? '' }
    case 'http':
      return {
        type: 'http',
        url: form.get('url') ?? '',
        headers: entries.lines('headers'),
        body: entries.json('body'),
      }
    default:
      return {
        type: 'enqueue',
        kind: form.get('kind') ?? '',
        input: entries.json('input'),
        name: form.get('runName'),
        priority: entries.number('priority'),
        maxAttempts: entries.number('maxAttempts'),
        timeoutSeconds: entries.number('runTimeout'),
        labels: entries.lines('labels'),
      }
  }
}

const OF_ACTION: Record<string, string> = { maxAttempts: 'maxAttempts', timeoutSeconds: 'runTimeout' }

/** Under which name the form has what an issue is of: `action.headers.X-Day` is told at `headers`. */
export function fieldOf(path: string, type: string): string {
  const [first = '', second = ''] = path.split('.')
  if (first !== 'action') return first
  if (second === 'name') return type === 'builtin' ? 'builtin' : 'runName'
  return OF_ACTION[second] ?? second
}
