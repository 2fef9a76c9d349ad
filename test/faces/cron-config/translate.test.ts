import { describe, expect, it } from 'vitest'
import { toConfig } from '../../../lib/faces/cron-config/translate.ts'
import type { ShownCronJob } from '../../../lib/ledger/cron/cron-jobs.ts'
import { CronExecution } from '../../../lib/run/cron-execution.ts'
import { minute, NOON, newCronJob } from '../../contracts/cron-steps.ts'

const ID = '01ARZ3NDEKTSV4RRFFQ69G5FAV'
const skipped = CronExecution.parse({
  ...{ id: ID, cronJobId: ID, scheduledFor: minute(5), retryCount: 0, firstId: null, status: 'skipped' },
  ...{ reason: 'paused', notBefore: minute(5), startedAt: null, completedAt: null, durationMs: null },
  ...{ lateMs: 0, exitCode: null, output: null, errorMessage: null, stackTrace: null, metrics: null },
  ...{ triggeredBy: 'scheduler', triggeredByUserId: null, memoryUsageMb: null, cpuUsagePercent: null },
  ...{ requestId: null, runId: null, fence: 0, leaseExpiresAt: null, createdAt: minute(5) },
})

describe('a row of the older configuration', () => {
  it('says when it ran last, although the newest occurrence was skipped', () => {
    const job: ShownCronJob = {
      ...newCronJob(),
      ...{ changes: {}, failuresInRow: 0, createdAt: NOON, updatedAt: NOON, lastModifiedBy: 'test' },
      ...{ scheduleInWords: null, nextRuns: [] },
      statistics: {
        since: NOON,
        last: skipped,
        lastRun: { ...skipped, status: 'completed', startedAt: NOON, scheduledFor: NOON },
        byStatus: { completed: 1, skipped: 1 },
        averageDurationMs: 5,
        successRate: 1,
      },
    }
    expect(toConfig(job)).toMatchObject({ lastRun: NOON, runCount: 1, errorCount: 0 })
  })
})
