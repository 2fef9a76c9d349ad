-- Alone in its file: nobody writes runs while it is built. Where they are very many, it may be made before, CONCURRENTLY.
CREATE INDEX IF NOT EXISTS "runs_to_put_away" ON "runs" USING btree ("finishedAt","id") WHERE "storageState" = 'active' AND "finishedAt" IS NOT NULL;
