-- What was rolled up before there were totals. What is rolled up meanwhile is added to both, so that as much is missing all the time.
INSERT INTO run_stats_total AS t (kind, state, bucket, ends, "endsMs", count, "logBytes", "outputBytes")
SELECT h.kind, h.state, h.bucket, greatest(h.count - coalesce(b.count, 0), 0),
	CASE WHEN h.count > coalesce(b.count, 0) THEN round(h.ms * (h.count - coalesce(b.count, 0)) / h.count) ELSE 0 END,
	h.count - coalesce(b.count, 0), h."logBytes" - coalesce(b."logBytes", 0), h."outputBytes" - coalesce(b."outputBytes", 0)
FROM (
	SELECT kind, state, bucket, sum(count) AS count, sum("durationMs") AS ms, sum("logBytes") AS "logBytes", sum("outputBytes") AS "outputBytes"
	FROM run_stats_hourly GROUP BY kind, state, bucket
) h LEFT JOIN run_stats_total b USING (kind, state, bucket)
WHERE (h.count, h."logBytes", h."outputBytes") IS DISTINCT FROM (b.count, b."logBytes", b."outputBytes")
ORDER BY h.kind, h.state, h.bucket
ON CONFLICT (kind, state, bucket) DO UPDATE SET ends = t.ends + excluded.ends, "endsMs" = t."endsMs" + excluded."endsMs",
	count = t.count + excluded.count, "logBytes" = t."logBytes" + excluded."logBytes", "outputBytes" = t."outputBytes" + excluded."outputBytes";
