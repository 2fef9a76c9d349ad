-- Alone in its file: nobody writes runs while it is built.
CREATE INDEX "runs_storage_leased" ON "runs" USING btree ("storageLeaseExpiresAt") WHERE "runs"."storageLeaseExpiresAt" IS NOT NULL;
