-- An instance of before there were totals and days, which still runs while this one is deployed, adds to run_stats_hourly alone: what it
-- takes out of run_stats_pending is added to them here. Whoever knows of them adds in the same statement, which names them.
CREATE FUNCTION add_to_totals() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER add_to_totals AFTER DELETE ON run_stats_pending REFERENCING OLD TABLE AS taken
	FOR EACH STATEMENT EXECUTE FUNCTION add_to_totals();
