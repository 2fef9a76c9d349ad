ALTER TABLE `runs` ADD `origin` text DEFAULT 'enqueued' NOT NULL;--> statement-breakpoint
-- Until now only their first event told them apart.
UPDATE "runs" SET "origin" = 'started' WHERE NOT EXISTS (
  SELECT 1 FROM "run_events" e WHERE e."runId" = "runs"."id" AND e."type" = 'run.enqueued'
);
