import type { Run } from './run.ts'

/**
 * A run from a store's row whose times are ISO text and whose JSON is parsed: without the columns that are the store's own,
 * with `durationMs` added. The cast is safe because the stores keep to the union's rules: the contract suite parses what it reads.
 */
export function toRun(row: Record<string, unknown>): Run {
  const {
    claimId: _claimId,
    idempotencyHash: _hash,
    nextLogOffset: _offset,
    logFinalOffset: _finalOffset,
    logObjectBytes: _objectBytes,
    storageFence: _storageFence,
    storageLeaseExpiresAt: _storageLease,
    ...run
  } = row
  return { ...run, durationMs: durationMs(row.startedAt, row.finishedAt) } as unknown as Run
}

/** From the start to the end; null while there is not both. */
export function durationMs(startedAt: unknown, finishedAt: unknown): number | null {
  if (typeof startedAt !== 'string' || typeof finishedAt !== 'string') return null
  return Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt))
}
