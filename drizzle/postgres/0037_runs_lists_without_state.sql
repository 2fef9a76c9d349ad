-- Those that end with the state are in their place.
DROP INDEX IF EXISTS "runs_project_created";--> statement-breakpoint
DROP INDEX IF EXISTS "runs_kind_created";--> statement-breakpoint
DROP INDEX IF EXISTS "runs_put_away";--> statement-breakpoint
DROP INDEX IF EXISTS "runs_project_put_away";--> statement-breakpoint
DROP INDEX IF EXISTS "runs_kind_put_away";--> statement-breakpoint
DROP INDEX IF EXISTS "runs_script_created";--> statement-breakpoint
DROP INDEX IF EXISTS "runs_script_put_away";