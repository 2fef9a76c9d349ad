-- Alone in its file: nobody writes runs while it is built. Where they are very many, it may be made before, CONCURRENTLY.
CREATE INDEX IF NOT EXISTS "runs_storage_leased" ON "runs" USING btree ("storageLeaseExpiresAt") WHERE "runs"."storageLeaseExpiresAt" IS NOT NULL;
