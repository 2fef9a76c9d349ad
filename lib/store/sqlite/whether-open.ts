import { FINAL_STATES } from '../../run/transitions.ts'

/** Whether a run has ended; a condition on `runs`. */
export const IS_FINAL = `state IN (${FINAL_STATES.map((state) => `'${state}'`).join(', ')})`

/**
 * Whether the holder of a run may still add to it: its lease is held, or it is called lost and nobody has taken it since (rule 1).
 * A condition on `runs`.
 */
export const IS_OPEN = `(leaseExpiresAt IS NOT NULL OR (state = 'failed' AND errorCode = 'lost'))`

/**
 * Whether a run takes more of its holder's log: while it is open, and after the ledger itself has ended it, whatever for: what
 * was printed until then, or while its holder was cut off, is true all the same. For 30 days: who has been away for longer has gone. A condition on `runs`.
 */
export const TAKES_LOG = `(leaseExpiresAt IS NOT NULL OR (
  state IN ('failed', 'canceled') AND errorCode IN ('lost', 'timeout', 'stale', 'canceled') AND startedAt IS NOT NULL
    AND finishedAt > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-30 days')))`
