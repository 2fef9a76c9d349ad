-- Tells webhooks of what happens to runs, in the transaction in which it happens. Once a statement, whatever it inserts; where no
-- webhook is enabled that is one look at a small table. `announce` in lib/store/postgres/notice-store.ts does the same for all else.
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
		JOIN runs r ON r.id = e."runId"
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
CREATE TRIGGER tell_webhooks AFTER INSERT ON run_events
REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION tell_webhooks();
