CREATE TABLE "api_keys" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"secretHash" text NOT NULL,
	"name" text NOT NULL,
	"owner" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"projectId" text,
	"createdBy" text NOT NULL,
	"createdAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"expiresAt" timestamp(3) with time zone,
	"lastUsedAt" timestamp(3) with time zone,
	"revokedAt" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "maintenance" (
	"name" text PRIMARY KEY NOT NULL,
	"lastRunAt" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rate_limits" (
	"bucket" text PRIMARY KEY NOT NULL,
	"windowStart" timestamp(3) with time zone NOT NULL,
	"used" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "run_events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "run_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"runId" text COLLATE "C" NOT NULL,
	"type" text NOT NULL,
	"actor" text NOT NULL,
	"at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"data" jsonb DEFAULT '{}'::jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "run_stats_hourly" (
	"hour" timestamp(3) with time zone NOT NULL,
	"projectId" text NOT NULL,
	"kind" text NOT NULL,
	"state" text NOT NULL,
	"bucket" smallint NOT NULL,
	"count" bigint NOT NULL,
	"durationMs" bigint NOT NULL,
	"logBytes" bigint NOT NULL,
	"outputBytes" bigint NOT NULL,
	CONSTRAINT "run_stats_hourly_hour_projectId_kind_state_bucket_pk" PRIMARY KEY("hour","projectId","kind","state","bucket")
);
--> statement-breakpoint
CREATE TABLE "run_stats_pending" (
	"hour" timestamp(3) with time zone NOT NULL,
	"projectId" text NOT NULL,
	"kind" text NOT NULL,
	"state" text NOT NULL,
	"bucket" smallint NOT NULL,
	"count" integer NOT NULL,
	"durationMs" bigint NOT NULL,
	"logBytes" bigint NOT NULL,
	"outputBytes" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"projectId" text,
	"kind" text NOT NULL,
	"name" text,
	"scriptId" integer,
	"input" jsonb,
	"outputRef" text,
	"error" text,
	"errorCode" text,
	"state" text NOT NULL,
	"idempotencyKey" text,
	"idempotencyHash" text,
	"attempt" integer DEFAULT 0 NOT NULL,
	"maxAttempts" integer DEFAULT 1 NOT NULL,
	"priority" smallint DEFAULT 1 NOT NULL,
	"runAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"timeoutSeconds" integer,
	"createdBy" text,
	"claimedBy" text,
	"claimedAt" timestamp(3) with time zone,
	"claimId" text,
	"startedAt" timestamp(3) with time zone,
	"finishedAt" timestamp(3) with time zone,
	"createdAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"updatedAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"fence" integer DEFAULT 0 NOT NULL,
	"leaseExpiresAt" timestamp(3) with time zone,
	"heartbeatAt" timestamp(3) with time zone,
	"cancelRequestedAt" timestamp(3) with time zone,
	"progress" smallint DEFAULT 0 NOT NULL,
	"progressMessage" text,
	"exitCode" integer,
	"pid" integer,
	"memoryPeakBytes" bigint,
	"cpuSeconds" double precision,
	"labels" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"cronExecutionId" text,
	"folderName" text,
	"logFile" text,
	"logBytes" bigint DEFAULT 0 NOT NULL,
	"nextLogOffset" bigint DEFAULT 0 NOT NULL,
	"outputBytes" bigint DEFAULT 0 NOT NULL,
	"outputCount" integer DEFAULT 0 NOT NULL,
	"storageState" text DEFAULT 'active' NOT NULL,
	"archivedAt" timestamp(3) with time zone,
	"archivePath" text,
	"archiveBytes" bigint,
	"archiveSha256" text,
	"archiveVerifiedAt" timestamp(3) with time zone,
	"restoredAt" timestamp(3) with time zone,
	"deletedAt" timestamp(3) with time zone,
	"purgeAfter" timestamp(3) with time zone,
	"deletionReason" text,
	"retainUntil" timestamp(3) with time zone,
	"holdUntil" timestamp(3) with time zone,
	CONSTRAINT "runs_state" CHECK ("runs"."state" IN ('queued', 'running', 'succeeded', 'failed', 'canceled')),
	CONSTRAINT "runs_storage_state" CHECK ("runs"."storageState" IN ('active', 'archiving', 'archived', 'restoring', 'deleting', 'deleted')),
	CONSTRAINT "runs_priority" CHECK ("runs"."priority" BETWEEN 0 AND 3),
	CONSTRAINT "runs_progress" CHECK ("runs"."progress" BETWEEN 0 AND 100),
	CONSTRAINT "runs_leased" CHECK ("runs"."leaseExpiresAt" IS NULL OR "runs"."state" = 'running'),
	CONSTRAINT "runs_queued" CHECK ("runs"."state" <> 'queued' OR ("runs"."startedAt" IS NULL AND "runs"."claimedBy" IS NULL AND "runs"."claimedAt" IS NULL)),
	CONSTRAINT "runs_started" CHECK ("runs"."state" IN ('queued', 'canceled') OR "runs"."startedAt" IS NOT NULL),
	CONSTRAINT "runs_finished_at" CHECK (("runs"."finishedAt" IS NOT NULL) = ("runs"."state" IN ('succeeded', 'failed', 'canceled')))
);
--> statement-breakpoint
CREATE TABLE "scripts" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "scripts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"projectId" text,
	"name" text NOT NULL,
	"label" text,
	"options" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"staleAfterSeconds" integer,
	"createdAt" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "run_events_run" ON "run_events" USING btree ("runId","id");--> statement-breakpoint
CREATE INDEX "runs_created" ON "runs" USING btree ("createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "runs_project_created" ON "runs" USING btree ("projectId","createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "runs_state_created" ON "runs" USING btree ("state","createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "runs_kind_created" ON "runs" USING btree ("kind","createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST);--> statement-breakpoint
CREATE UNIQUE INDEX "runs_idempotency" ON "runs" USING btree (coalesce("projectId", ''),"idempotencyKey") WHERE "runs"."idempotencyKey" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "runs_ready" ON "runs" USING btree ("projectId","kind","priority","runAt","id") WHERE "runs"."state" = 'queued';--> statement-breakpoint
CREATE INDEX "runs_running" ON "runs" USING btree ("claimId","id") WHERE "runs"."state" = 'running';--> statement-breakpoint
CREATE INDEX "runs_finished" ON "runs" USING btree ("finishedAt","id") WHERE "runs"."finishedAt" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "runs_folder" ON "runs" USING btree ("folderName") WHERE "runs"."folderName" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "runs_archived" ON "runs" USING btree ("archivedAt") WHERE "runs"."archivedAt" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "runs_deleted" ON "runs" USING btree ("deletedAt") WHERE "runs"."deletedAt" IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "scripts_name" ON "scripts" USING btree (coalesce("projectId", ''),"name");--> statement-breakpoint
-- Room in the page for the versions that heartbeats write, and a vacuum that comes before they pile up.
ALTER TABLE "runs" SET (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 200, autovacuum_analyze_scale_factor = 0.02);--> statement-breakpoint
ALTER TABLE "run_stats_pending" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);--> statement-breakpoint
ALTER TABLE "rate_limits" SET (fillfactor = 50);
