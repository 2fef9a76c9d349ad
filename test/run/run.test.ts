import { describe, expect, it } from 'vitest'
import { Labels, Priority, Run } from '../../lib/run/run.ts'
import type { RunState } from '../../lib/run/transitions.ts'

const T = '2026-11-21T10:30:00.000Z'
const common = {
  id: '01KBQK6M3V8Z5W0X2Y4A6C8E9G',
  projectId: null,
  kind: 'script.pull',
  origin: 'enqueued',
  name: null,
  scriptId: 1,
  input: { depth: 2 },
  outputRef: null,
  error: null,
  errorCode: null,
  idempotencyKey: null,
  attempt: 1,
  maxAttempts: 1,
  priority: 1,
  runAt: T,
  timeoutSeconds: null,
  createdBy: 'test',
  createdAt: T,
  updatedAt: T,
  fence: 1,
  heartbeatAt: T,
  cancelRequestedAt: null,
  progress: 0,
  progressMessage: null,
  exitCode: null,
  pid: null,
  memoryPeakBytes: null,
  cpuSeconds: null,
  durationMs: null,
  labels: {},
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
}
const nobody = { claimedBy: null, claimedAt: null, leaseExpiresAt: null }
const unstarted = { startedAt: null, finishedAt: null }
const ended = { claimedBy: 'w', claimedAt: T, leaseExpiresAt: null, startedAt: T, finishedAt: T }

/** One possible run of each state. */
const RUNS: Record<RunState, object> = {
  queued: { ...common, state: 'queued', ...nobody, ...unstarted },
  running: { ...common, state: 'running', ...ended, leaseExpiresAt: T, finishedAt: null },
  succeeded: { ...common, state: 'succeeded', ...ended },
  failed: { ...common, state: 'failed', ...ended },
  canceled: { ...common, state: 'canceled', ...ended },
}

describe('a run', () => {
  it.each(Object.entries(RUNS))('that is %s', (_, run) => {
    expect(Run.parse(run)).toEqual(run)
  })

  it.each([
    [
      'a running one without a lease, from a starter who cannot hold one',
      RUNS.running,
      { leaseExpiresAt: null },
    ],
    ['a canceled one that never started', RUNS.canceled, { ...nobody, startedAt: null }],
    [
      'a queued one that has been tried',
      RUNS.queued,
      { attempt: 2, fence: 2, error: 'no luck', errorCode: 'error' },
    ],
  ])('may be %s', (_, run, change) => {
    expect(Run.safeParse({ ...run, ...change }).success).toBe(true)
  })

  it.each([
    ['queued with a start', RUNS.queued, { startedAt: T }],
    ['queued with an end', RUNS.queued, { finishedAt: T }],
    ['queued with a holder', RUNS.queued, { claimedBy: 'w' }],
    ['queued with a lease', RUNS.queued, { leaseExpiresAt: T }],
    ['running without a start', RUNS.running, { startedAt: null }],
    ['running with an end', RUNS.running, { finishedAt: T }],
    ['succeeded without a start', RUNS.succeeded, { startedAt: null }],
    ['succeeded without an end', RUNS.succeeded, { finishedAt: null }],
    ['succeeded with a lease', RUNS.succeeded, { leaseExpiresAt: T }],
    ['failed without a start', RUNS.failed, { startedAt: null }],
    ['failed without an end', RUNS.failed, { finishedAt: null }],
    ['failed with a lease', RUNS.failed, { leaseExpiresAt: T }],
    ['canceled without an end', RUNS.canceled, { finishedAt: null }],
    ['canceled with a lease', RUNS.canceled, { leaseExpiresAt: T }],
    ['in a state there is none of', RUNS.failed, { state: 'lost' }],
    ['further than done', RUNS.running, { progress: 101 }],
    ['failed for a reason there is none of', RUNS.failed, { errorCode: 'bored' }],
  ])('is never %s', (_, run, change) => {
    expect(Run.safeParse({ ...run, ...change }).success).toBe(false)
  })
})

describe('labels', () => {
  const labels = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 'v']))

  it('are up to 32 pairs of text, lines of it too', () => {
    expect(Labels.safeParse(labels(32)).success).toBe(true)
    expect(Labels.safeParse({ note: 'two\nlines', empty: '' }).success).toBe(true)
  })

  it.each([
    ['33 of them', labels(33)],
    ['one without a name', { '': 'v' }],
    ['one with a long name', { ['k'.repeat(64)]: 'v' }],
    ['one with a long value', { k: 'v'.repeat(256) }],
    ['a number', { k: 1 }],
    ['NUL in a value', { k: 'a\u0000b' }],
    ['NUL in a name', { 'a\u0000b': 'v' }],
    ['half of a surrogate pair', { k: '\uD83D' }],
  ])('are not %s', (_, value) => {
    expect(Labels.safeParse(value).success).toBe(false)
  })
})

describe('a priority', () => {
  it('is 0 to 3', () => {
    const all = [-1, 0, 1, 2, 3, 4, 1.5, '1']
    expect(all.filter((value) => Priority.safeParse(value).success)).toEqual([0, 1, 2, 3])
  })
})
