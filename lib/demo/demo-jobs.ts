import type { CreateCronJob } from '../ledger/cron/create-cron-job.ts'

/** The cron jobs of the demo. `minute`: of the hour, at which the hourly ones are due. */
export const demoJobs = (minute: number): CreateCronJob[] => [
  {
    name: 'hourly-invoices',
    description: 'Sends what was ordered in the last hour',
    schedule: `${minute} * * * *`,
    timeZone: 'Europe/Berlin',
    action: { type: 'enqueue', kind: 'billing.invoices', maxAttempts: 3, input: { since: 'last hour' } },
  },
  {
    name: 'stock-levels',
    description: 'Reads the warehouse every two hours, and fails when it is being counted',
    schedule: `${minute} */2 * * *`,
    timeZone: 'UTC',
    action: { type: 'enqueue', kind: 'warehouse.stock', input: {} },
    overlapPolicy: 'skip',
  },
  {
    name: 'weekday-digest',
    description: 'What happened yesterday, by mail',
    schedule: '0 8 * * 1-5',
    timeZone: 'America/New_York',
    action: { type: 'enqueue', kind: 'mail.digest', input: { to: 'team@shop.example' } },
    missedPolicy: 'skip',
  },
  {
    name: 'old-export',
    description: 'Nobody needs it any more',
    schedule: '30 6 * * *',
    timeZone: 'UTC',
    action: { type: 'enqueue', kind: 'export.legacy', input: {} },
    isEnabled: false,
  },
]
