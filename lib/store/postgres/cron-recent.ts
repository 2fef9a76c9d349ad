import type { CronStore, RecentOccurrence, TrendPoint, TypicalDuration } from '../../ports/cron-store.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'

/** How jobs did lately: each question walks one index as far as it is asked to, however much there is behind. */
export function cronRecent(pool: Pool): Pick<CronStore, 'recentOccurrences' | 'typicalDurations' | 'trend'> {
  return {
    async recentOccurrences(jobIds, limit) {
      return (await query(pool, OCCURRENCES, [jobIds, limit])) as unknown as RecentOccurrence[]
    },
    async typicalDurations(jobIds, limit) {
      return (await query(pool, DURATIONS, [jobIds, limit])) as unknown as TypicalDuration[]
    },
    async trend(jobId, limit) {
      return (await query(pool, TREND, [jobId, limit])) as unknown as TrendPoint[]
    },
  }
}

const NEWEST = `ORDER BY "createdAt" DESC, id DESC`

const OF_OCCURRENCE = ['cronJobId', 'scheduledFor', 'triggeredByUserId', 'createdAt']
const OF_ATTEMPT = ['id', 'status', 'reason', 'retryCount', 'durationMs']
const quoted = (names: string[]) => names.map((name) => `"${name}"`).join(', ')
const lastOf = OF_ATTEMPT.map(
  (name) => `CASE WHEN l.id IS NULL THEN o."${name}" ELSE l."${name}" END AS "${name}"`,
)
/** The first attempts, each with the last one at the same. */
const OCCURRENCES = `
  SELECT ${OF_OCCURRENCE.map((name) => `o."${name}"`).join(', ')}, ${lastOf.join(', ')}
  FROM unnest($1::text[]) AS j(id) CROSS JOIN LATERAL (
    SELECT ${quoted([...OF_OCCURRENCE, ...OF_ATTEMPT])} FROM cron_job_executions
    WHERE "cronJobId" = j.id AND "retryCount" = 0 ${NEWEST} LIMIT $2
  ) o LEFT JOIN LATERAL (
    SELECT ${quoted(OF_ATTEMPT)} FROM cron_job_executions r
    WHERE r."firstId" = o.id ORDER BY r."retryCount" DESC LIMIT 1
  ) l ON true
  ORDER BY o."cronJobId", o."createdAt" DESC, o.id DESC`

const DURATIONS = `
  SELECT j.id AS "jobId", percentile_disc(0.5) WITHIN GROUP (ORDER BY e."durationMs") AS "medianDurationMs",
    percentile_disc(0.95) WITHIN GROUP (ORDER BY e."durationMs") AS "p95DurationMs"
  FROM unnest($1::text[]) AS j(id) CROSS JOIN LATERAL (
    SELECT "durationMs" FROM cron_job_executions
    WHERE "cronJobId" = j.id AND status = 'completed' AND "durationMs" IS NOT NULL ${NEWEST} LIMIT $2
  ) e GROUP BY j.id`

/** Of each status the newest, of those the newest. */
const TREND = `
  SELECT e.* FROM unnest('{completed,failed,timeout}'::text[]) AS s(status) CROSS JOIN LATERAL (
    SELECT id, status, "startedAt", "durationMs", "memoryUsageMb", "createdAt" FROM cron_job_executions
    WHERE "cronJobId" = $1 AND status = s.status AND "durationMs" IS NOT NULL ${NEWEST} LIMIT $2
  ) e ${NEWEST} LIMIT $2`
