-- The days, too, count what an instance rolls up that does not know of them; who knows of the totals or the days adds to those itself.
CREATE OR REPLACE FUNCTION add_to_totals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF current_query() NOT LIKE '%run_stats_total%' THEN
		INSERT INTO run_stats_total AS t (kind, state, bucket, ends, "endsMs", count, "logBytes", "outputBytes")
		SELECT kind, state, bucket, coalesce(sum(count) FILTER (WHERE count > 0), 0),
			coalesce(sum("durationMs") FILTER (WHERE count > 0), 0), sum(count), sum("logBytes"), sum("outputBytes")
		FROM taken GROUP BY kind, state, bucket ORDER BY kind, state, bucket
		ON CONFLICT (kind, state, bucket) DO UPDATE SET ends = t.ends + excluded.ends, "endsMs" = t."endsMs" + excluded."endsMs",
			count = t.count + excluded.count, "logBytes" = t."logBytes" + excluded."logBytes",
			"outputBytes" = t."outputBytes" + excluded."outputBytes";
	END IF;
	IF current_query() NOT LIKE '%run_stats_daily%' THEN
		INSERT INTO run_stats_daily AS d (day, "projectId", kind, count)
		SELECT date_trunc('day', hour, 'UTC'), "projectId", kind, sum(count) FROM taken GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
		ON CONFLICT (day, "projectId", kind) DO UPDATE SET count = d.count + excluded.count;
	END IF;
	RETURN NULL;
END
$$;
--> statement-breakpoint
-- What was missed by now; nothing is rolled up meanwhile.
LOCK TABLE run_stats_pending IN SHARE ROW EXCLUSIVE MODE;
--> statement-breakpoint
INSERT INTO run_stats_daily AS d (day, "projectId", kind, count)
SELECT h.day, h."projectId", h.kind, h.count - coalesce(b.count, 0)
FROM (
	SELECT date_trunc('day', hour, 'UTC') AS day, "projectId", kind, sum(count) AS count FROM run_stats_hourly GROUP BY 1, 2, 3
) h LEFT JOIN run_stats_daily b USING (day, "projectId", kind)
WHERE h.count IS DISTINCT FROM b.count
ON CONFLICT (day, "projectId", kind) DO UPDATE SET count = d.count + excluded.count;
