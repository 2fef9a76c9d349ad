-- Tells webhooks of what happens to runs, in the transaction in which it happens, once a statement, whatever it inserts. `announce` in
-- lib/store/postgres/notice-store.ts does the same for all else.
CREATE FUNCTION tell_webhooks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM webhooks WHERE "isEnabled") THEN
		INSERT INTO deliveries ("webhookId", "eventId", "eventType", payload)
		SELECT w.id, 'evt_' || e."runId" || '_' || e.id, e.type, jsonb_build_object(
			'type', e.type,
			'timestamp', to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
			'data', jsonb_build_object(
				'runId', r.id, 'projectId', r."projectId", 'kind', r.kind, 'name', r.name, 'state', r.state, 'labels', r.labels,
				'attempt', r.attempt, 'maxAttempts', r."maxAttempts", 'error', left(r.error, 2000), 'errorCode', r."errorCode",
				'exitCode', r."exitCode", 'createdBy', r."createdBy", 'actor', e.actor,
				'startedAt', to_char(r."startedAt" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
				'finishedAt', to_char(r."finishedAt" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
			)
		)
		FROM inserted e
		-- OFFSET 0: each run by its id. A plan made while there were few would else read them all, when there are many.
		CROSS JOIN LATERAL (SELECT * FROM runs WHERE id = e."runId" OFFSET 0) r
		JOIN webhooks w ON w."isEnabled" AND w.events ?| ARRAY[e.type, 'run.*']
			AND (w."projectId" IS NULL OR w."projectId" = r."projectId") AND (w.kinds IS NULL OR w.kinds ? r.kind)
		WHERE e.type IN ('run.succeeded', 'run.failed', 'run.canceled', 'run.lost', 'run.recovered')
		ORDER BY e.id
		ON CONFLICT DO NOTHING;
	END IF;
	RETURN NULL;
END
$$;
--> statement-breakpoint
-- Even to find that there is no webhook would cost each claim and each end of a run a twentieth of its time. So runs are watched from the
-- first webhook on: to make it waits for what is being written to run_events, and nothing that ends after it is missed. As the owner,
-- since whoever makes a webhook may be another.
CREATE FUNCTION watch_runs() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT EXISTS (
		SELECT FROM pg_trigger WHERE tgname = 'tell_webhooks' AND tgrelid = format('%I.run_events', TG_TABLE_SCHEMA)::regclass
	) THEN
		EXECUTE format(
			'CREATE OR REPLACE TRIGGER tell_webhooks AFTER INSERT ON %1$I.run_events REFERENCING NEW TABLE AS inserted '
			'FOR EACH STATEMENT EXECUTE FUNCTION %1$I.tell_webhooks()', TG_TABLE_SCHEMA);
	END IF;
	RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER watch_runs AFTER INSERT ON webhooks FOR EACH STATEMENT EXECUTE FUNCTION watch_runs();
