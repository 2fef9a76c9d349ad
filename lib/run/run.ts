import { z } from 'zod'
import { ProjectId, RunId, RunKind } from './ids.ts'
import { isStorable, UNSTORABLE } from './text.ts'

/** JSON as it may stand in `input`. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

export const Timestamp = z.iso
  .datetime()
  .meta({ description: 'UTC, milliseconds', example: '2026-11-21T10:30:00.000Z' })
const Count = z.number().int().min(0)

/** 0 (whenever there is time) to 3 (first of all). */
export const Priority = z.number().int().min(0).max(3)
export const DEFAULT_PRIORITY = 1

/** A person's own key-value notes; faces keep here what the model has no word for. */
export const Labels = z.preprocess(
  refusePrototype,
  z
    .record(z.string().min(1).max(63), z.string().max(255))
    .refine((labels) => Object.keys(labels).length <= 32, 'at most 32 labels')
    .refine((labels) => Object.entries(labels).flat().every(isStorable), UNSTORABLE),
)

/** A record drops this one key without a word. */
function refusePrototype(labels: Record<string, string>, check: z.RefinementCtx): Record<string, string> {
  const name = '__proto__'
  if (typeof labels === 'object' && labels !== null && Object.hasOwn(labels, name))
    check.addIssue({ code: 'custom', path: [name], message: 'is no name for a label' })
  return labels
}

/** Where the run's files are, independent of `RunState`. Source 002. */
export const StorageState = z.enum(['active', 'archiving', 'archived', 'restoring', 'deleting', 'deleted'])
export type StorageState = z.infer<typeof StorageState>

/** What a listing shows unless it is asked for more. */
export const LISTED_STORAGE_STATES = [
  'active',
  'archiving',
  'restoring',
] as const satisfies readonly StorageState[]

/** Where what a run left is no longer in sight: for who created it and for admins alone. Source 002. */
export const PUT_AWAY_STATES = ['archived', 'deleting', 'deleted'] as const satisfies readonly StorageState[]

/**
 * How a run came: through the queue, or born running (`:start`). What was started lives where it was started: it never enters
 * the queue, where a worker elsewhere would take it.
 */
export const Origin = z.enum(['enqueued', 'started'])

/** Why a run failed, where the ledger itself knows. */
export const ErrorCodeOfRun = z.enum(['error', 'lost', 'timeout', 'stale', 'released', 'canceled'])
export type ErrorCodeOfRun = z.infer<typeof ErrorCodeOfRun>

const common = z.object({
  id: RunId,
  projectId: ProjectId.nullable(),
  kind: RunKind,
  origin: Origin,
  name: z.string().nullable(),
  scriptId: z.number().int().nullable(),
  input: z.unknown(),
  outputRef: z.string().nullable(),
  error: z.string().nullable(),
  errorCode: ErrorCodeOfRun.nullable(),
  idempotencyKey: z.string().nullable(),
  attempt: Count,
  maxAttempts: Count,
  priority: Priority,
  runAt: Timestamp,
  timeoutSeconds: Count.nullable(),
  createdBy: z.string().nullable(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  fence: Count,
  heartbeatAt: Timestamp.nullable(),
  cancelRequestedAt: Timestamp.nullable(),
  progress: z.number().int().min(0).max(100),
  progressMessage: z.string().nullable(),
  exitCode: z.number().int().nullable(),
  pid: z.number().int().nullable(),
  memoryPeakBytes: Count.nullable(),
  cpuSeconds: z.number().min(0).nullable(),
  durationMs: Count.nullable().meta({ description: '`finishedAt` - `startedAt`' }),
  labels: z.record(z.string(), z.string()),
  cronExecutionId: z.string().nullable(),
  folderName: z.string().nullable(),
  logFile: z.string().nullable(),
  logBytes: Count,
  outputBytes: Count,
  outputCount: Count,
  storageState: StorageState,
  archivedAt: Timestamp.nullable(),
  archivePath: z.string().nullable(),
  archiveBytes: Count.nullable(),
  archiveSha256: z.string().nullable(),
  archiveVerifiedAt: Timestamp.nullable(),
  restoredAt: Timestamp.nullable(),
  deletedAt: Timestamp.nullable(),
  purgeAfter: Timestamp.nullable(),
  deletionReason: z.string().nullable(),
  retainUntil: Timestamp.nullable(),
  holdUntil: Timestamp.nullable(),
})

const unheld = { claimedBy: z.null(), claimedAt: z.null(), leaseExpiresAt: z.null() }
/** A finished run keeps who had it last, but no lease. */
const ended = {
  claimedBy: z.string().nullable(),
  claimedAt: Timestamp.nullable(),
  leaseExpiresAt: z.null(),
  startedAt: Timestamp.nullable(),
  finishedAt: Timestamp,
}

/** Waiting for a worker (again, when `attempt` > 0). */
export const QueuedRun = common.extend({
  state: z.literal('queued'),
  ...unheld,
  startedAt: z.null(),
  finishedAt: z.null(),
})
/** With a worker. Without a lease where the starter cannot hold one (source 001's `log-start`). */
export const RunningRun = common.extend({
  state: z.literal('running'),
  claimedBy: z.string().nullable(),
  claimedAt: Timestamp.nullable(),
  leaseExpiresAt: Timestamp.nullable(),
  startedAt: Timestamp,
  finishedAt: z.null(),
})
export const SucceededRun = common.extend({ state: z.literal('succeeded'), ...ended, startedAt: Timestamp })
export const FailedRun = common.extend({ state: z.literal('failed'), ...ended, startedAt: Timestamp })
export const CanceledRun = common.extend({ state: z.literal('canceled'), ...ended })

/** One execution of something, from enqueue to its end: a union by `state`. Source 004. */
export const Run = z
  .discriminatedUnion('state', [QueuedRun, RunningRun, SucceededRun, FailedRun, CanceledRun])
  .meta({ id: 'Run', description: 'One execution of something, from enqueue to its end' })
export type Run = z.infer<typeof Run>
export type RunningRun = z.infer<typeof RunningRun>
