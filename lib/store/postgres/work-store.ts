import type { Outstanding, WorkStore } from '../../ports/work-store.ts'
import { GOES_ON, STALLED } from './archive-search.ts'
import type { Pool } from './connect.ts'
import { STALLED_DELETIONS } from './deletion-leases.ts'
import { compactableRuns } from './log-store.ts'
import { LAPSED } from './move-statement.ts'
import { query } from './query.ts'

/** What there is to do in a Postgres database. */
export function postgresWorkStore(pool: Pool): WorkStore {
  return {
    async outstanding({ uploadSeconds, straysEverySeconds, lostWaitSeconds, watchEverySeconds }) {
      const values = [uploadSeconds, straysEverySeconds, lostWaitSeconds, watchEverySeconds]
      const [row] = await query(pool, OUTSTANDING, values)
      return row as unknown as Outstanding
    },
  }
}

const isDue = (name: string, seconds: string) => `
    NOT EXISTS (
      SELECT 1 FROM maintenance WHERE name = '${name}' AND "lastRunAt" > now() - ${seconds}::float8 * interval '1 second'
    )`

const OUTSTANDING = `
  SELECT
    EXISTS (SELECT 1 FROM runs r WHERE r.state = 'running' AND (${LAPSED})) AS lost,
    EXISTS (SELECT 1 FROM run_stats_pending) AS stats,
    EXISTS (
      SELECT 1 FROM outputs WHERE "committedAt" IS NULL AND "createdAt" <= now() - $1::float8 * interval '1 second'
    ) OR ${isDue('sweep-uploads', '$2')} AS outputs,
    EXISTS (${compactableRuns({ after: "''", lostWaitSeconds: '$3', limit: '1' })}) AS logs,
    EXISTS (${STALLED}) OR EXISTS (${STALLED_DELETIONS}) OR (${GOES_ON}) AS storage,
    ${isDue('watch-sweeps', '$4')} AS sweeps`
