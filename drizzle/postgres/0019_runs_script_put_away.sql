-- Alone in its file: nobody writes runs while it is built.
CREATE INDEX "runs_script_put_away" ON "runs" USING btree ("scriptId","storageState","createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "storageState" <> 'active';
