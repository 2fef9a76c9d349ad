import type { CreateCronJob } from '../../ledger/cron/create-cron-job.ts'
import type { ShownCronJob } from '../../ledger/cron/cron-jobs.ts'
import type { CronJobChange } from '../../ledger/cron/update-cron-job.ts'
import type { CronAction } from '../../run/cron-job.ts'
import type { ConfigFields } from './shapes.ts'

/** A cron job as a row of the older configuration. */
export function toConfig(job: ShownCronJob) {
  const { statistics, action } = job
  const { completed = 0, failed = 0, timeout = 0 } = statistics.byStatus
  return {
    id: job.id,
    name: job.name,
    schedule: job.schedule,
    enabled: job.isEnabled,
    description: job.description ?? '',
    timezone: job.timeZone,
    scripts: toScripts(action),
    timeout: job.timeoutMs,
    maxRetries: job.maxRetries,
    lastRun: statistics.lastRun?.startedAt ?? null,
    nextRun: job.nextRunAt,
    runCount: completed + failed + timeout,
    errorCount: failed + timeout,
    averageRunTime: statistics.averageDurationMs ?? 0,
    frequency: job.scheduleInWords,
    problem: job.problem,
    createdAt: job.createdAt,
    updatedAt: job.updatedAt,
  }
}

function toScripts(action: CronAction): { name: string }[] {
  switch (action.type) {
    case 'builtin':
      return [{ name: action.name }]
    case 'enqueue':
      return [{ name: action.kind }]
    case 'http':
      return []
  }
}

/**
 * Without the script that the row shows already: a row that is sent back as it came must not make a bare script of an action with
 * an input, labels and more.
 */
export function withoutShown(
  { scripts, ...fields }: ConfigFields,
  shown: Pick<ReturnType<typeof toConfig>, 'scripts'>,
): ConfigFields {
  return scripts?.[0]?.name === shown.scripts[0]?.name ? fields : { ...fields, scripts }
}

/** What a configuration sets of a job; what it does not name is left out. */
export function fromConfig(fields: ConfigFields, isBuiltin: (name: string) => boolean): CronJobChange {
  const { schedule, enabled, description, timezone, timeout, maxRetries, scripts } = fields
  const all: CronJobChange = {
    schedule,
    isEnabled: enabled,
    description,
    timeZone: timezone,
    timeoutMs: timeout,
    maxRetries,
    action: scripts?.[0] && toAction(scripts[0].name, isBuiltin),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** The job that a configuration makes: without a script it runs the one of its own name. */
export function fromNewConfig(
  name: string,
  schedule: string,
  fields: ConfigFields,
  isBuiltin: (name: string) => boolean,
): CreateCronJob {
  return {
    action: toAction(name, isBuiltin),
    ...fromConfig(fields, isBuiltin),
    name,
    schedule,
  } as CreateCronJob
}

function toAction(script: string, isBuiltin: (name: string) => boolean): CronJobChange['action'] {
  return isBuiltin(script) ? { type: 'builtin', name: script } : { type: 'enqueue', kind: script }
}
