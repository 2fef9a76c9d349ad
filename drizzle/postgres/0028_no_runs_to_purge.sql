-- `runs_in_grace` is in its place.
DROP INDEX IF EXISTS "runs_to_purge";