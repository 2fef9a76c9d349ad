-- Alone in its file: nobody writes runs while it is built.
CREATE INDEX "runs_to_put_away" ON "runs" USING btree ("finishedAt","id") WHERE "storageState" = 'active' AND "finishedAt" IS NOT NULL;
