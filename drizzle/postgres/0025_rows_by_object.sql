CREATE INDEX "outputs_object" ON "outputs" USING hash ("objectKey");--> statement-breakpoint
CREATE INDEX "archives_object" ON "archives" USING hash ("key");