-- Alone in its file: nobody writes runs while it is built. Where they are very many, it may be made before, CONCURRENTLY.
CREATE INDEX IF NOT EXISTS "runs_to_purge" ON "runs" USING btree ("purgeAfter","id") WHERE "storageState" = 'deleted' AND "purgeAfter" IS NOT NULL AND ("logBytes" > 0 OR "outputCount" > 0 OR "archivePath" IS NOT NULL);
