import type { Run } from './run.ts'

/** What is given of a run that enters the queue; everything else of it is not yet, and none. */
export type Queued = Pick<
  Run,
  | 'id'
  | 'projectId'
  | 'kind'
  | 'name'
  | 'scriptId'
  | 'input'
  | 'idempotencyKey'
  | 'maxAttempts'
  | 'priority'
  | 'runAt'
  | 'timeoutSeconds'
  | 'createdBy'
  | 'createdAt'
  | 'labels'
>

/** A run that has just entered the queue, as a store would read it back; only the keys of `input` and `labels` may stand otherwise. */
export function toQueuedRun(given: Queued): Run {
  return {
    id: given.id,
    projectId: given.projectId,
    kind: given.kind,
    name: given.name,
    scriptId: given.scriptId,
    input: given.input ?? null,
    outputRef: null,
    error: null,
    errorCode: null,
    state: 'queued',
    idempotencyKey: given.idempotencyKey,
    attempt: 0,
    maxAttempts: given.maxAttempts,
    priority: given.priority,
    runAt: given.runAt,
    timeoutSeconds: given.timeoutSeconds,
    createdBy: given.createdBy,
    claimedBy: null,
    claimedAt: null,
    startedAt: null,
    finishedAt: null,
    createdAt: given.createdAt,
    updatedAt: given.createdAt,
    fence: 0,
    leaseExpiresAt: null,
    heartbeatAt: null,
    cancelRequestedAt: null,
    progress: 0,
    progressMessage: null,
    exitCode: null,
    pid: null,
    memoryPeakBytes: null,
    cpuSeconds: null,
    labels: given.labels,
    cronExecutionId: null,
    folderName: null,
    logFile: null,
    logBytes: 0,
    outputBytes: 0,
    outputCount: 0,
    storageState: 'active',
    archivedAt: null,
    archivePath: null,
    archiveBytes: null,
    archiveSha256: null,
    archiveVerifiedAt: null,
    restoredAt: null,
    deletedAt: null,
    purgeAfter: null,
    deletionReason: null,
    retainUntil: null,
    holdUntil: null,
    origin: 'enqueued',
    durationMs: null,
  }
}
