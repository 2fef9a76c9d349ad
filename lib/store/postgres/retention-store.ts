import type { RetentionStore, StoredPolicies } from '../../ports/retention-store.ts'
import { appendAudit } from './audit-append.ts'
import { guarded, type Pool, transaction } from './connect.ts'
import { query } from './query.ts'
import { retentionHolds } from './retention-holds.ts'
import { retentionPlan } from './retention-plan.ts'

/** What is kept for how long, in a Postgres database. */
export function postgresRetentionStore(pool: Pool): RetentionStore {
  return {
    async now() {
      const [row] = await query(pool, NOW)
      return row?.at as string
    },
    policies: async (limit) => (await query(pool, POLICIES, [limit])) as unknown as StoredPolicies[],
    setPolicies: ({ rules, reason, setBy, expected, audit }) =>
      guarded(() =>
        transaction(pool, 'BEGIN', async (client) => {
          const values = [expected, JSON.stringify(rules), reason, setBy]
          const [row] = await query(client, SET_POLICIES, values)
          if (row === undefined) return null
          await appendAudit(client, [audit])
          return row as unknown as StoredPolicies
        }),
      ),
    ...retentionHolds(pool),
    ...retentionPlan(pool),
  }
}

/** Cut to what columns keep. */
const NOW = `SELECT date_trunc('milliseconds', now()) AS at`
const COLUMNS = 'revision, rules, reason, "setAt", "setBy"'
const POLICIES = `SELECT ${COLUMNS} FROM retention_policies ORDER BY revision DESC LIMIT $1`
/** Of two who set the same revision one finds it taken, now or by the key. */
const SET_POLICIES = `
  INSERT INTO retention_policies (revision, rules, reason, "setBy")
  SELECT $1::int + 1, $2::jsonb, $3, $4
  WHERE (SELECT coalesce(max(revision), 0) FROM retention_policies) = $1::int
  ON CONFLICT (revision) DO NOTHING RETURNING ${COLUMNS}`
