import { z } from 'zod'
import { RunId } from './ids.ts'
import { Timestamp } from './run.ts'

/** Where an execution is in its life. Source 003, and the cron page. */
export const ExecutionStatus = z
  .enum(['queued', 'running', 'completed', 'failed', 'timeout', 'skipped', 'missed', 'canceled'])
  .meta({ id: 'ExecutionStatus' })
export type ExecutionStatus = z.infer<typeof ExecutionStatus>

/** How an execution may end that has begun. */
export type EndedStatus = 'completed' | 'failed' | 'timeout' | 'canceled'

export const TriggeredBy = z.enum(['scheduler', 'manual', 'api', 'retry']).meta({ id: 'TriggeredBy' })
export type TriggeredBy = z.infer<typeof TriggeredBy>

const Count = z.number().int().min(0)

/** One firing of a cron job, or one that was not: why, by `status` and `reason`. A retry is another one. */
export const CronExecution = z
  .object({
    id: RunId,
    cronJobId: RunId,
    scheduledFor: Timestamp.nullable().meta({ description: 'When it was due; null: triggered by hand' }),
    retryCount: Count,
    firstId: RunId.nullable().meta({ description: 'Of a retry: the first attempt at the same' }),
    status: ExecutionStatus,
    reason: z.string().nullable().meta({ description: 'Why it was late, skipped, missed or canceled' }),
    notBefore: Timestamp,
    startedAt: Timestamp.nullable(),
    completedAt: Timestamp.nullable(),
    durationMs: Count.nullable(),
    lateMs: Count.nullable().meta({ description: 'How long after its time the ledger came to it' }),
    exitCode: z.number().int().nullable(),
    output: z.string().nullable(),
    errorMessage: z.string().nullable(),
    stackTrace: z.string().nullable(),
    metrics: z.record(z.string(), z.unknown()).nullable(),
    triggeredBy: TriggeredBy,
    triggeredByUserId: z.string().nullable(),
    memoryUsageMb: Count.nullable().meta({ description: 'Of the process that ran it, at its end' }),
    cpuUsagePercent: Count.nullable().meta({ description: 'Of one processor, by the process that ran it' }),
    requestId: z.string().nullable(),
    runId: RunId.nullable().meta({ description: 'The run that it enqueued, whose outcome it takes' }),
    fence: Count,
    leaseExpiresAt: Timestamp.nullable(),
    createdAt: Timestamp,
  })
  .meta({ id: 'CronExecution', description: 'One firing of a cron job, or why there was none' })
export type CronExecution = z.infer<typeof CronExecution>
