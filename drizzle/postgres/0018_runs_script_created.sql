-- Alone in its file: nobody writes runs while it is built.
CREATE INDEX "runs_script_created" ON "runs" USING btree ("scriptId","createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "storageState" IN ('active', 'archiving', 'restoring');
