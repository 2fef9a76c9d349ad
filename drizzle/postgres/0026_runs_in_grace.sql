-- Alone in its file: nobody writes runs while it is built. What every piece of a log and every upload writes stands in the condition of
-- no index any more: each such write made an entry in all of them.
DROP INDEX IF EXISTS "runs_to_purge";--> statement-breakpoint
CREATE INDEX "runs_to_purge" ON "runs" USING btree ("purgeAfter","id") WHERE "storageState" = 'deleted' AND "purgeAfter" IS NOT NULL;
