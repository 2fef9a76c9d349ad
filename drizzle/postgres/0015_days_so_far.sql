-- As for the totals.
INSERT INTO run_stats_daily AS d (day, "projectId", kind, count)
SELECT h.day, h."projectId", h.kind, h.count - coalesce(b.count, 0)
FROM (
	SELECT date_trunc('day', hour, 'UTC') AS day, "projectId", kind, sum(count) AS count FROM run_stats_hourly GROUP BY 1, 2, 3
) h LEFT JOIN run_stats_daily b USING (day, "projectId", kind)
WHERE h.count IS DISTINCT FROM b.count
ORDER BY h.day, h."projectId", h.kind
ON CONFLICT (day, "projectId", kind) DO UPDATE SET count = d.count + excluded.count;
