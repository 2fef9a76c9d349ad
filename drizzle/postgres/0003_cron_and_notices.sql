CREATE TABLE "cron_job_config" (
	"key" text PRIMARY KEY NOT NULL,
	"value" jsonb NOT NULL,
	"updatedAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"updatedBy" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "cron_job_executions" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"cronJobId" text COLLATE "C" NOT NULL,
	"scheduledFor" timestamp(3) with time zone,
	"retryCount" integer DEFAULT 0 NOT NULL,
	"status" text NOT NULL,
	"reason" text,
	"notBefore" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"startedAt" timestamp(3) with time zone,
	"completedAt" timestamp(3) with time zone,
	"durationMs" bigint,
	"lateMs" bigint,
	"exitCode" integer,
	"output" text,
	"errorMessage" text,
	"stackTrace" text,
	"metrics" jsonb,
	"triggeredBy" text DEFAULT 'scheduler' NOT NULL,
	"triggeredByUserId" text,
	"memoryUsageMb" integer,
	"cpuUsagePercent" integer,
	"requestId" text,
	"runId" text COLLATE "C",
	"fence" integer DEFAULT 0 NOT NULL,
	"leaseExpiresAt" timestamp(3) with time zone,
	"isExclusive" boolean DEFAULT true NOT NULL,
	"event" text,
	"createdAt" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "cron_jobs" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"schedule" text NOT NULL,
	"timeZone" text DEFAULT 'UTC' NOT NULL,
	"action" jsonb NOT NULL,
	"projectId" text,
	"isEnabled" boolean DEFAULT true NOT NULL,
	"problem" text,
	"timeoutMs" integer DEFAULT 120000 NOT NULL,
	"maxRetries" integer DEFAULT 0 NOT NULL,
	"missedPolicy" text DEFAULT 'once' NOT NULL,
	"overlapPolicy" text DEFAULT 'skip' NOT NULL,
	"definition" jsonb,
	"changes" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"nextRunAt" timestamp(3) with time zone,
	"failuresInRow" integer DEFAULT 0 NOT NULL,
	"createdAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"updatedAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"createdBy" text DEFAULT 'system' NOT NULL,
	"lastModifiedBy" text DEFAULT 'system' NOT NULL,
	CONSTRAINT "cron_jobs_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "sweeps" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"status" text NOT NULL,
	"dryRun" boolean DEFAULT false NOT NULL,
	"policy" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"plan" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"cursor" jsonb,
	"counts" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"bytes" bigint DEFAULT 0 NOT NULL,
	"errors" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"startedAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"completedAt" timestamp(3) with time zone,
	"durationMs" integer,
	"leaseExpiresAt" timestamp(3) with time zone,
	"requestedBy" text NOT NULL,
	"requestId" text,
	"cronExecutionId" text COLLATE "C",
	"approval" jsonb
);
--> statement-breakpoint
CREATE TABLE "alerts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "alerts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"key" text NOT NULL,
	"type" text NOT NULL,
	"message" text NOT NULL,
	"data" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"openedAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"lastSeenAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"resolvedAt" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "deliveries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"webhookId" text COLLATE "C",
	"channel" text DEFAULT 'webhook' NOT NULL,
	"eventId" text NOT NULL,
	"eventType" text NOT NULL,
	"payload" jsonb NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"nextAttemptAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"lastAttemptAt" timestamp(3) with time zone,
	"responseStatus" integer,
	"error" text,
	"createdAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"deliveredAt" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"projectId" text,
	"url" text NOT NULL,
	"description" text,
	"format" text DEFAULT 'standard' NOT NULL,
	"events" jsonb NOT NULL,
	"kinds" jsonb,
	"isEnabled" boolean DEFAULT true NOT NULL,
	"disabledReason" text,
	"secretVersion" integer DEFAULT 1 NOT NULL,
	"rotatedAt" timestamp(3) with time zone,
	"failingSince" timestamp(3) with time zone,
	"retryAt" timestamp(3) with time zone,
	"createdAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"updatedAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"createdBy" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "cron_job_executions" ADD CONSTRAINT "cron_job_executions_cronJobId_cron_jobs_id_fk" FOREIGN KEY ("cronJobId") REFERENCES "cron_jobs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "cron_job_executions_occurrence" ON "cron_job_executions" USING btree ("cronJobId","scheduledFor","retryCount") WHERE "cron_job_executions"."scheduledFor" IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "cron_job_executions_alone" ON "cron_job_executions" USING btree ("cronJobId") WHERE "cron_job_executions"."status" = 'running' AND "cron_job_executions"."isExclusive";--> statement-breakpoint
CREATE INDEX "cron_job_executions_job" ON "cron_job_executions" USING btree ("cronJobId","id" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "cron_job_executions_open" ON "cron_job_executions" USING btree ("notBefore") WHERE "cron_job_executions"."status" IN ('queued', 'running');--> statement-breakpoint
CREATE INDEX "cron_job_executions_untold" ON "cron_job_executions" USING btree ("id") WHERE "cron_job_executions"."event" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "cron_job_executions_counted" ON "cron_job_executions" USING btree ("cronJobId","createdAt","status","durationMs");--> statement-breakpoint
CREATE INDEX "cron_job_executions_status" ON "cron_job_executions" USING btree ("status","id" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "cron_job_executions_created" ON "cron_job_executions" USING btree ("createdAt");--> statement-breakpoint
CREATE INDEX "cron_jobs_due" ON "cron_jobs" USING btree ("nextRunAt") WHERE "cron_jobs"."isEnabled" AND "cron_jobs"."nextRunAt" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "sweeps_kind" ON "sweeps" USING btree ("kind","id" DESC NULLS FIRST);--> statement-breakpoint
CREATE UNIQUE INDEX "alerts_open" ON "alerts" USING btree ("key") WHERE "alerts"."resolvedAt" IS NULL;--> statement-breakpoint
CREATE INDEX "alerts_opened" ON "alerts" USING btree ("openedAt");--> statement-breakpoint
CREATE UNIQUE INDEX "deliveries_event" ON "deliveries" USING btree ("eventId","channel",coalesce("webhookId", ''));--> statement-breakpoint
CREATE INDEX "deliveries_due" ON "deliveries" USING btree ("webhookId","nextAttemptAt") WHERE "deliveries"."status" = 'pending';--> statement-breakpoint
CREATE INDEX "deliveries_webhook" ON "deliveries" USING btree ("webhookId","id" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "deliveries_created" ON "deliveries" USING btree ("createdAt");