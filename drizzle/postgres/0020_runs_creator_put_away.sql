-- Alone in its file: nobody writes runs while it is built. Where they are very many, it may be made before, CONCURRENTLY.
CREATE INDEX IF NOT EXISTS "runs_creator_put_away" ON "runs" USING btree ("createdBy","storageState","createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "storageState" <> 'active';
