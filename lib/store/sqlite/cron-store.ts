import type { CronStore } from '../../ports/cron-store.ts'
import { LedgerError } from '../../run/errors.ts'

/** Cron jobs are kept in the API's database only: it tells the time, nothing is ever due, and all else rejects with `LedgerError('invalid')`. */
export function createCronStore(): CronStore {
  return {
    now: async () => new Date().toISOString(),
    look: async () => ({ ...NOTHING, at: new Date().toISOString() }),
    overdue: async () => null,
    insertJob: refuse,
    getJob: refuse,
    listJobs: refuse,
    updateJob: refuse,
    changesOf: refuse,
    deleteExecutionsOf: refuse,
    deleteJob: refuse,
    countJobs: refuse,
    due: refuse,
    fire: refuse,
    trigger: refuse,
    claim: refuse,
    attachRun: refuse,
    complete: refuse,
    expired: refuse,
    requeueExpired: refuse,
    ended: refuse,
    cancelQueued: refuse,
    getExecution: refuse,
    listExecutions: refuse,
    statistics: refuse,
    recentOccurrences: refuse,
    typicalDurations: refuse,
    trend: refuse,
    countExecutions: refuse,
    deleteExecutions: refuse,
    untold: refuse,
    told: refuse,
    settings: refuse,
    putSettings: refuse,
  }
}

const NOTHING = {
  expired: false,
  ended: false,
  due: false,
  waiting: false,
  behind: 0,
  untold: false,
  nextRetryAt: null,
  nextRunAt: null,
}

async function refuse(): Promise<never> {
  throw new LedgerError('invalid', 'cron jobs need a server: use --remote, or set DATABASE_URL')
}
