-- Those that end with the state are in their place, once all of them are whole.
DO $$ BEGIN
  IF EXISTS (
    SELECT FROM pg_index WHERE indrelid = 'runs'::regclass AND NOT indisvalid
  ) THEN
    RAISE EXCEPTION 'an index of runs was not built to its end: drop it (pg_index.indisvalid), and migrate again';
  END IF;
END $$;--> statement-breakpoint
DROP INDEX IF EXISTS "runs_project_created";--> statement-breakpoint
DROP INDEX IF EXISTS "runs_kind_created";--> statement-breakpoint
DROP INDEX IF EXISTS "runs_put_away";--> statement-breakpoint
DROP INDEX IF EXISTS "runs_project_put_away";--> statement-breakpoint
DROP INDEX IF EXISTS "runs_kind_put_away";--> statement-breakpoint
DROP INDEX IF EXISTS "runs_script_created";--> statement-breakpoint
DROP INDEX IF EXISTS "runs_script_put_away";