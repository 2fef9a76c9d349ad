import type { CronJob } from '../../run/cron-job.ts'

/** A job of the program's own. */
export type CronDefinition = Pick<
  CronJob,
  | 'name'
  | 'description'
  | 'schedule'
  | 'timeZone'
  | 'action'
  | 'isEnabled'
  | 'timeoutMs'
  | 'maxRetries'
  | 'missedPolicy'
  | 'overlapPolicy'
>

const DAILY = {
  timeZone: 'UTC',
  isEnabled: true,
  timeoutMs: 300_000,
  maxRetries: 2,
  missedPolicy: 'once',
  overlapPolicy: 'skip',
} as const

/** Every job that a sync sees to. The times are those of the platform's entries, which may be all that wakes a function. */
export const DEFINITIONS: readonly CronDefinition[] = [
  {
    ...DAILY,
    name: 'daily-cleanup-2am',
    description: 'Daily cleanup of stale in-progress scripts at 2 AM UTC',
    schedule: '0 2 * * *',
    action: { type: 'builtin', name: 'cleanupStaleScripts' },
  },
  {
    ...DAILY,
    name: 'daily-execution-cleanup',
    description: 'Forgets executions of cron jobs that are older than executionRetentionDays',
    schedule: '0 3 * * *',
    action: { type: 'builtin', name: 'cleanupOldExecutions' },
  },
  {
    ...DAILY,
    name: 'daily-expired-cleanup',
    description: 'Forgets counters of rate limits, and deliveries and alerts that were over a month ago',
    schedule: '0 3 * * *',
    action: { type: 'builtin', name: 'cleanupExpired' },
  },
  {
    ...DAILY,
    name: 'daily-storage-sample',
    description: 'Counts what storage holds, and tells of a store that is filling up',
    schedule: '0 3 * * *',
    action: { type: 'builtin', name: 'sampleStorage' },
  },
  {
    ...DAILY,
    name: 'daily-archive-2am',
    description: 'Archives runs whose time has come by the retention policies',
    schedule: '0 2 * * *',
    action: { type: 'builtin', name: 'archiveOldRuns' },
  },
  {
    ...DAILY,
    name: 'daily-archive-verification',
    description: 'Reads archives again, those that were read longest ago first, and compares them',
    schedule: '0 3 * * *',
    action: { type: 'builtin', name: 'verifyArchives' },
  },
  {
    ...DAILY,
    name: 'daily-old-run-cleanup',
    description: 'Deletes runs whose time is over by the retention policies, and what deleted ones have left',
    schedule: '0 3 * * *',
    action: { type: 'builtin', name: 'cleanupOldRuns' },
  },
  {
    ...DAILY,
    name: 'daily-script-run-cleanup',
    description: 'Deletes old finished runs with no outputs, their logs first',
    schedule: `\${CLEANUP_INTERVAL:-0 0 * * *}`,
    action: { type: 'builtin', name: 'cleanupScriptRuns' },
  },
  {
    ...DAILY,
    name: 'daily-storage-reconciliation',
    description: 'Compares what the database says with what the object store has',
    schedule: '0 3 * * *',
    action: { type: 'builtin', name: 'reconcileStorage' },
  },
  {
    ...DAILY,
    name: 'daily-audit-head',
    description: 'Verifies what the audit has gained, and keeps its last hash in the object store',
    schedule: '0 3 * * *',
    action: { type: 'builtin', name: 'keepAuditHead' },
  },
  {
    ...DAILY,
    name: 'weekly-backup',
    description:
      'Writes all tables of the ledger to backups/ in the object store; off until somebody enables it',
    schedule: '0 3 * * 0',
    isEnabled: false,
    action: { type: 'builtin', name: 'backupLedger' },
  },
]
