ALTER TABLE "alerts" ADD COLUMN "channels" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "timesSeen" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
-- Queues: what is through lies in the way of what is due until it is vacuumed, and a fifth of a large table is too much of that.
ALTER TABLE "deliveries" SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500, autovacuum_analyze_scale_factor = 0.02);--> statement-breakpoint
ALTER TABLE "log_chunks" SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.05);--> statement-breakpoint
ALTER TABLE "cron_job_executions" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500, autovacuum_analyze_scale_factor = 0.05);--> statement-breakpoint
-- Runs are watched only while an enabled webhook wants their events: it costs each claim and each end of a run 5 to 11 %.
DROP TRIGGER watch_runs ON webhooks;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION watch_runs() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	is_wanted boolean;
	is_there boolean;
	patience text := current_setting('lock_timeout');
BEGIN
	-- One after the other: whoever takes the trigger away has seen each webhook that was made before.
	PERFORM pg_advisory_xact_lock(7234562);
	EXECUTE format(
		'SELECT EXISTS (SELECT FROM %I.webhooks w WHERE w."isEnabled" '
		'AND EXISTS (SELECT FROM jsonb_array_elements_text(w.events) AS e(type) WHERE starts_with(e.type, ''run.'')))', TG_TABLE_SCHEMA)
	INTO is_wanted;
	is_there := EXISTS (
		SELECT FROM pg_trigger WHERE tgname = 'tell_webhooks' AND tgrelid = format('%I.run_events', TG_TABLE_SCHEMA)::regclass
	);
	IF is_wanted AND NOT is_there THEN
		-- To make it waits for what is being written to run_events, and nothing that ends after it is missed.
		EXECUTE format(
			'CREATE OR REPLACE TRIGGER tell_webhooks AFTER INSERT ON %1$I.run_events REFERENCING NEW TABLE AS inserted '
			'FOR EACH STATEMENT EXECUTE FUNCTION %1$I.tell_webhooks()', TG_TABLE_SCHEMA);
	ELSIF is_there AND NOT is_wanted THEN
		-- Whoever reads or writes run_events waits for it: where it cannot be had soon, it stays until the next change.
		BEGIN
			PERFORM set_config('lock_timeout', '1s', true);
			EXECUTE format('DROP TRIGGER tell_webhooks ON %I.run_events', TG_TABLE_SCHEMA);
			PERFORM set_config('lock_timeout', patience, true);
		EXCEPTION WHEN lock_not_available THEN
			NULL;
		END;
	END IF;
	RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER watch_runs AFTER INSERT OR DELETE OR UPDATE OF "isEnabled", events ON webhooks
	FOR EACH STATEMENT EXECUTE FUNCTION watch_runs();
