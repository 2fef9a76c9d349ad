import type { LimitStore } from '../../ports/limit-store.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'

/** Counters that all instances share. */
export function postgresLimitStore(pool: Pool): LimitStore {
  return {
    async draw(bucket, amount) {
      const [row] = await query(pool, DRAW, [bucket, amount])
      return { used: row?.used as number, resetSeconds: row?.resetSeconds as number }
    },
    async due(name, seconds) {
      return (await query(pool, DUE, [name, seconds])).length > 0
    },
    async forget(olderThanSeconds) {
      return (await query(pool, FORGET, [olderThanSeconds])).length
    },
  }
}

const DRAW = `
  INSERT INTO rate_limits AS l (bucket, "windowStart", used) VALUES ($1, date_trunc('minute', now()), $2)
  ON CONFLICT (bucket) DO UPDATE SET
    used = CASE WHEN l."windowStart" = excluded."windowStart" THEN l.used ELSE 0 END + excluded.used,
    "windowStart" = excluded."windowStart"
  RETURNING used, extract(epoch FROM "windowStart" + interval '1 minute' - now())::float8 AS "resetSeconds"`

const DUE = `
  INSERT INTO maintenance AS m (name, "lastRunAt") VALUES ($1, now())
  ON CONFLICT (name) DO UPDATE SET "lastRunAt" = now()
  WHERE m."lastRunAt" <= now() - $2::float8 * interval '1 second'
  RETURNING name`

const FORGET = `
  DELETE FROM rate_limits WHERE "windowStart" < now() - $1::float8 * interval '1 second' RETURNING bucket`
