-- Alone in its file: nobody writes runs while it is built. Where they are very many, it may be made before, CONCURRENTLY.
CREATE INDEX IF NOT EXISTS "runs_script_created" ON "runs" USING btree ("scriptId","createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "storageState" IN ('active', 'archiving', 'restoring');
