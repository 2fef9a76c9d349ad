import { FINAL_STATES } from '../../run/transitions.ts'

/** Whether the run `r` has ended. */
export const IS_FINAL = `r.state IN (${FINAL_STATES.map((state) => `'${state}'`).join(', ')})`

/**
 * Whether the holder of the run `r` may still add to it: its lease is held, or it is called lost, nobody has taken it since
 * (rule 1), and its files are not being put away. A held lease says `running` already.
 */
export const IS_OPEN = `(r."leaseExpiresAt" IS NOT NULL
  OR (r.state = 'failed' AND r."errorCode" = 'lost' AND r."storageState" = 'active'))`

/**
 * Whether the run `r` takes more of its holder's log: while it is open, and after the ledger itself has ended it, whatever for:
 * what was printed until then, or while its holder was cut off, is true all the same. For 30 days: who has been away for longer has gone. Not
 * once its files are being put away.
 */
export const TAKES_LOG = `(r."leaseExpiresAt" IS NOT NULL OR (
  r."storageState" = 'active' AND r.state IN ('failed', 'canceled') AND r."errorCode" IN ('lost', 'timeout', 'stale', 'canceled') AND r."startedAt" IS NOT NULL
    AND r."finishedAt" > now() - interval '30 days'))`
