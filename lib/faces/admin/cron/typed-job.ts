import type { CronJob } from '../../../run/cron-job.ts'
import type { Form } from '../page.ts'

const NAMES = [
  'name',
  'description',
  'schedule',
  'timeZone',
  'isEnabled',
  'timeoutMs',
  'maxRetries',
  'missedPolicy',
  'overlapPolicy',
  'type',
  'kind',
  'projectId',
  'input',
  'runName',
  'priority',
  'maxAttempts',
  'runTimeout',
  'labels',
  'url',
  'headers',
  'body',
  'builtin',
  'updatedAt',
] as const

/** What stands in the fields of a job's form, all of it text. */
export type TypedJob = Record<(typeof NAMES)[number], string>

/** The fields as somebody sent them, right or wrong. */
export function fromForm(form: Form): TypedJob {
  return filled((name) => form.get(name))
}

/** Of a job that there is not yet; `timeZone` is the reader's. */
export const blankJob = (timeZone: string): TypedJob => ({
  ...filled(() => undefined),
  timeZone,
  isEnabled: 'yes',
  missedPolicy: 'once',
  overlapPolicy: 'skip',
  type: 'enqueue',
  priority: '1',
  maxAttempts: '1',
})

/** Of a job as it is. */
export function ofJob(job: CronJob): TypedJob {
  return {
    ...blankJob(job.timeZone),
    name: job.name,
    description: job.description ?? '',
    schedule: job.schedule,
    isEnabled: job.isEnabled ? 'yes' : '',
    timeoutMs: String(job.timeoutMs / 1_000),
    maxRetries: String(job.maxRetries),
    missedPolicy: job.missedPolicy,
    overlapPolicy: job.overlapPolicy,
    projectId: job.projectId ?? '',
    type: job.action.type,
    updatedAt: job.updatedAt,
    ...ofAction(job.action),
  }
}

function ofAction(action: CronJob['action']): Partial<TypedJob> {
  switch (action.type) {
    case 'builtin':
      return { builtin: action.name }
    case 'http':
      return { url: action.url, headers: linesOf(action.headers), body: jsonOf(action.body) }
    case 'enqueue':
      return {
        kind: action.kind,
        input: jsonOf(action.input),
        runName: action.name ?? '',
        priority: String(action.priority),
        maxAttempts: String(action.maxAttempts),
        runTimeout: action.timeoutSeconds === null ? '' : String(action.timeoutSeconds),
        labels: linesOf(action.labels),
      }
  }
}

const jsonOf = (value: unknown): string => (value == null ? '' : JSON.stringify(value, null, 2))

const linesOf = (pairs: Record<string, string>): string =>
  Object.entries(pairs)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')

function filled(textOf: (name: (typeof NAMES)[number]) => string | undefined): TypedJob {
  return Object.fromEntries(NAMES.map((name) => [name, textOf(name) ?? ''])) as TypedJob
}
