CREATE DOMAIN "run_state" AS text CHECK (VALUE IN ('queued', 'running', 'succeeded', 'failed', 'canceled'));--> statement-breakpoint
CREATE DOMAIN "storage_state" AS text CHECK (VALUE IN ('active', 'archiving', 'archived', 'restoring', 'deleting', 'deleted'));--> statement-breakpoint
CREATE DOMAIN "run_priority" AS smallint CHECK (VALUE BETWEEN 0 AND 3);--> statement-breakpoint
CREATE DOMAIN "run_progress" AS smallint CHECK (VALUE BETWEEN 0 AND 100);--> statement-breakpoint
ALTER TABLE "runs" DROP CONSTRAINT "runs_state";--> statement-breakpoint
ALTER TABLE "runs" DROP CONSTRAINT "runs_storage_state";--> statement-breakpoint
ALTER TABLE "runs" DROP CONSTRAINT "runs_priority";--> statement-breakpoint
ALTER TABLE "runs" DROP CONSTRAINT "runs_progress";--> statement-breakpoint
ALTER TABLE "runs" DROP CONSTRAINT "runs_leased";--> statement-breakpoint
ALTER TABLE "runs" DROP CONSTRAINT "runs_queued";--> statement-breakpoint
ALTER TABLE "runs" DROP CONSTRAINT "runs_started";--> statement-breakpoint
ALTER TABLE "runs" DROP CONSTRAINT "runs_finished_at";--> statement-breakpoint
DROP INDEX "run_events_run";--> statement-breakpoint
DROP INDEX "runs_created";--> statement-breakpoint
DROP INDEX "runs_project_created";--> statement-breakpoint
DROP INDEX "runs_state_created";--> statement-breakpoint
DROP INDEX "runs_kind_created";--> statement-breakpoint
DROP INDEX "runs_folder";--> statement-breakpoint
ALTER TABLE "run_events" DROP CONSTRAINT "run_events_pkey";--> statement-breakpoint
ALTER TABLE "runs" ALTER COLUMN "state" SET DATA TYPE "run_state";--> statement-breakpoint
ALTER TABLE "runs" ALTER COLUMN "priority" SET DATA TYPE "run_priority";--> statement-breakpoint
ALTER TABLE "runs" ALTER COLUMN "priority" SET DEFAULT 1;--> statement-breakpoint
ALTER TABLE "runs" ALTER COLUMN "progress" SET DATA TYPE "run_progress";--> statement-breakpoint
ALTER TABLE "runs" ALTER COLUMN "storageState" SET DATA TYPE "storage_state";--> statement-breakpoint
ALTER TABLE "runs" ALTER COLUMN "storageState" SET DEFAULT 'active';--> statement-breakpoint
ALTER TABLE "run_events" ADD CONSTRAINT "run_events_runId_id_pk" PRIMARY KEY("runId","id");--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "origin" text DEFAULT 'enqueued' NOT NULL;--> statement-breakpoint
CREATE INDEX "runs_put_away" ON "runs" USING btree ("storageState","createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "storageState" <> 'active';--> statement-breakpoint
CREATE INDEX "runs_project_put_away" ON "runs" USING btree ("projectId","storageState","createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "storageState" <> 'active';--> statement-breakpoint
CREATE INDEX "runs_kind_put_away" ON "runs" USING btree ("kind","storageState","createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "storageState" <> 'active';--> statement-breakpoint
CREATE INDEX "runs_labels" ON "runs" USING gin ("labels" jsonb_path_ops) WHERE "runs"."labels" <> '{}';--> statement-breakpoint
CREATE INDEX "runs_name" ON "runs" USING btree ("name" text_pattern_ops) WHERE "runs"."name" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "runs_created" ON "runs" USING btree ("createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "storageState" IN ('active', 'archiving', 'restoring');--> statement-breakpoint
CREATE INDEX "runs_project_created" ON "runs" USING btree ("projectId","createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "storageState" IN ('active', 'archiving', 'restoring');--> statement-breakpoint
CREATE INDEX "runs_state_created" ON "runs" USING btree ("state","createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "storageState" IN ('active', 'archiving', 'restoring');--> statement-breakpoint
CREATE INDEX "runs_kind_created" ON "runs" USING btree ("kind","createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "storageState" IN ('active', 'archiving', 'restoring');--> statement-breakpoint
CREATE INDEX "runs_folder" ON "runs" USING btree ("folderName") WHERE "storageState" <> 'active';--> statement-breakpoint
-- Until now only their first event told them apart.
UPDATE "runs" SET "origin" = 'started' WHERE NOT EXISTS (
  SELECT 1 FROM "run_events" e WHERE e."runId" = "runs"."id" AND e."type" = 'run.enqueued'
);
