import type { NewCronJob } from '../../../../lib/ports/cron-store.ts'
import type { CronAction } from '../../../../lib/run/cron-job.ts'

const ZONES = ['UTC', 'America/New_York', 'Europe/Berlin', 'Australia/Sydney']

const SCHEDULES = [
  '30 2 * * *',
  '0 2 * * *',
  '15 3 * * *',
  '0,30 2-4 * * *',
  '45 23 * * *',
  '0 6 * * SUN',
  '0 9 * * MON-FRI',
  '0 0 1 * *',
  '0 12 1,15 * *',
  '0 */2 * * *',
  '*/20 1-3 * * *',
  '0 * * * *',
]

/** By whatever dispatches: what is called is the world's. */
const CALL: CronAction = { type: 'http', url: 'https://month.example/', headers: {}, body: null }
const ENQUEUE: CronAction = {
  type: 'enqueue',
  kind: 'month',
  input: null,
  priority: 1,
  maxAttempts: 1,
  timeoutSeconds: null,
  name: null,
  labels: {},
}

type MonthJob = Pick<
  NewCronJob,
  'schedule' | 'timeZone' | 'action' | 'missedPolicy' | 'overlapPolicy' | 'maxRetries' | 'timeoutMs'
>

/** Fifty jobs in four zones, of all policies. */
export const JOBS: MonthJob[] = [
  ...ZONES.flatMap((timeZone) => SCHEDULES.map((schedule) => ({ schedule, timeZone }))),
  { schedule: '*/30 * * * *', timeZone: 'UTC' },
  { schedule: '0 30 6 * * *', timeZone: 'Europe/Berlin' },
].map((job, n) => ({
  ...job,
  action: n % 5 === 4 ? ENQUEUE : CALL,
  missedPolicy: (['once', 'skip', 'all'] as const)[n % 3] ?? 'once',
  overlapPolicy: (['skip', 'queue', 'allow', 'skip'] as const)[n % 4] ?? 'skip',
  maxRetries: n % 3,
  // An execution whose process is killed stands in the way of some for two hours.
  timeoutMs: n % 7 === 0 ? 7_200_000 : 120_000,
}))
