import type { Metrics } from '../../../ports/metrics-store.ts'
import { ExecutionStatus } from '../../../run/cron-execution.ts'
import { SweepStatus } from '../../../run/sweep.ts'
import type { Family, Sample } from './exposition.ts'

/** What there is to say of all that goes on around the runs. */
export function upkeepFamilies(metrics: Metrics): Family[] {
  return [...cron(metrics), ...sweeps(metrics), ...notices(metrics), storage(metrics)]
}

function gauge(name: string, help: string, samples: Sample[] | number | null): Family {
  const alone = typeof samples === 'number' ? [{ value: samples }] : (samples ?? [])
  return { name: `runledger_${name}`, help, type: 'gauge', samples: alone }
}

function cron({ jobs, recent: { executions, lateness } }: Metrics): Family[] {
  const count = (status: string) => executions.find((row) => row.status === status)?.count ?? 0
  return [
    gauge('cron_jobs', 'Cron jobs by whether they are enabled.', [
      { labels: { enabled: 'true' }, value: jobs.enabled },
      { labels: { enabled: 'false' }, value: jobs.disabled },
    ]),
    gauge('cron_jobs_failing', 'Enabled cron jobs of which the last execution failed.', jobs.failing),
    gauge('cron_jobs_with_problem', 'Enabled cron jobs that cannot be fired as they are.', jobs.withProblem),
    gauge(
      'cron_overdue_seconds',
      'For how long the cron job has been due that has been so for longest: while it grows, nobody ticks.',
      jobs.overdueSeconds,
    ),
    gauge(
      'cron_lateness_p95_seconds',
      'How late 95 % of the occurrences of the last 24 hours were fired at most; absent where there was none.',
      lateness.p95Seconds,
    ),
    gauge(
      'cron_lateness_max_seconds',
      'How late the latest occurrence of the last 24 hours was fired; absent where there was none.',
      lateness.maxSeconds,
    ),
    gauge(
      'cron_recent_executions',
      'Executions of cron jobs recorded in the last 24 hours, by status; those that were missed or skipped, too.',
      ExecutionStatus.options.map((status) => ({ labels: { status }, value: count(status) })),
    ),
  ]
}

function sweeps({ sweeps }: Metrics): Family[] {
  return [
    gauge(
      'sweep_age_seconds',
      'How long ago a sweep completed last, by kind; absent where none has.',
      sweeps.flatMap(({ kind, completedAgeSeconds }) =>
        completedAgeSeconds === null ? [] : [{ labels: { kind }, value: completedAgeSeconds }],
      ),
    ),
    gauge(
      'sweep_status',
      'How the last sweep of a kind stands: 1 at its status, 0 at the others.',
      sweeps.flatMap(({ kind, status: last }) =>
        SweepStatus.options.map((status) => ({ labels: { kind, status }, value: status === last ? 1 : 0 })),
      ),
    ),
  ]
}

function notices({ deliveries: { pending, failed }, alerts }: Metrics): Family[] {
  return [
    gauge(
      'deliveries',
      'Deliveries to the outside that are to be made, and those given up, for the month that they are kept.',
      [
        { labels: { status: 'pending' }, value: pending },
        { labels: { status: 'failed' }, value: failed },
      ],
    ),
    gauge(
      'alerts_open',
      'Alerts that are open, by type; absent where none is.',
      alerts.map(({ type, count }) => ({ labels: { type }, value: count })),
    ),
  ]
}

function storage({ ended, databaseBytes }: Metrics): Family {
  const sum = (part: 'logBytes' | 'outputBytes') => ended.reduce((total, row) => total + row[part], 0)
  return gauge(
    'storage_bytes',
    'Logs and outputs that ended runs have written, before compression, archived and deleted ones too; the database as it is.',
    [
      { labels: { part: 'logs' }, value: sum('logBytes') },
      { labels: { part: 'outputs' }, value: sum('outputBytes') },
      { labels: { part: 'database' }, value: databaseBytes },
    ],
  )
}
