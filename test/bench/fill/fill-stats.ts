import { ask } from '../databases.ts'

/** The statistics of runs that were filled in, as their ends would have made them: `fillFinished` writes rows, and no statistics. */
export async function fillStats(url: string): Promise<void> {
  await ask(
    url,
    `CREATE TEMP TABLE ended AS SELECT date_trunc('hour', "finishedAt", 'UTC') AS hour, coalesce("projectId", '') AS project, kind, state::text AS state,
       least(160, ceil(4 * ln(greatest(1.0001, ms)) / ln(2)))::smallint AS bucket, count(*) AS count, sum(ms)::bigint AS ms
     FROM (SELECT *, extract(epoch FROM "finishedAt" - "startedAt") * 1000 AS ms FROM runs WHERE "finishedAt" IS NOT NULL) r
     GROUP BY 1, 2, 3, 4, 5;
     INSERT INTO run_stats_hourly SELECT hour, project, kind, state, bucket, count, ms, 0, 0 FROM ended;
     INSERT INTO run_stats_daily SELECT date_trunc('day', hour, 'UTC'), project, kind, sum(count) FROM ended GROUP BY 1, 2, 3;
     INSERT INTO run_stats_total (kind, state, bucket, ends, "endsMs", count, "logBytes", "outputBytes")
       SELECT kind, state, bucket, sum(count), sum(ms), sum(count), 0, 0 FROM ended GROUP BY 1, 2, 3`,
    'ANALYZE run_stats_hourly, run_stats_daily, run_stats_total',
  )
}
