CREATE TABLE "cron_job_changes" (
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "cron_job_changes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"cronJobId" text COLLATE "C" NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"by" text NOT NULL,
	"fields" jsonb NOT NULL,
	CONSTRAINT "cron_job_changes_cronJobId_id_pk" PRIMARY KEY("cronJobId","id")
);
--> statement-breakpoint
CREATE TABLE "cron_job_stats" (
	"cronJobId" text COLLATE "C" NOT NULL,
	"day" timestamp(3) with time zone NOT NULL,
	"status" text NOT NULL,
	"count" bigint NOT NULL,
	"timed" bigint NOT NULL,
	"durationMs" bigint NOT NULL,
	CONSTRAINT "cron_job_stats_cronJobId_day_status_pk" PRIMARY KEY("cronJobId","day","status")
);
--> statement-breakpoint
DROP INDEX "cron_job_executions_counted";--> statement-breakpoint
DROP INDEX "cron_job_executions_open";--> statement-breakpoint
DROP INDEX "cron_job_executions_job";--> statement-breakpoint
DROP INDEX "cron_job_executions_status";--> statement-breakpoint
DROP INDEX "cron_job_executions_created";--> statement-breakpoint
ALTER TABLE "cron_job_executions" ADD COLUMN "firstId" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "cron_jobs" ADD COLUMN "firedAt" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "cron_job_changes" ADD CONSTRAINT "cron_job_changes_cronJobId_cron_jobs_id_fk" FOREIGN KEY ("cronJobId") REFERENCES "cron_jobs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "cron_job_stats_day" ON "cron_job_stats" USING btree ("day");--> statement-breakpoint
CREATE INDEX "cron_job_executions_open" ON "cron_job_executions" USING btree ("cronJobId","notBefore") WHERE "cron_job_executions"."status" IN ('queued', 'running');--> statement-breakpoint
CREATE INDEX "cron_job_executions_retries" ON "cron_job_executions" USING btree ("firstId","retryCount") WHERE "cron_job_executions"."firstId" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "cron_job_executions_job_status" ON "cron_job_executions" USING btree ("cronJobId","status","createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "cron_job_executions_trigger" ON "cron_job_executions" USING btree ("triggeredBy","createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "cron_job_executions"."triggeredBy" <> 'scheduler';--> statement-breakpoint
CREATE INDEX "cron_job_executions_job_trigger" ON "cron_job_executions" USING btree ("cronJobId","triggeredBy","createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "cron_job_executions"."triggeredBy" <> 'scheduler';--> statement-breakpoint
CREATE INDEX "cron_job_executions_job" ON "cron_job_executions" USING btree ("cronJobId","createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "cron_job_executions_status" ON "cron_job_executions" USING btree ("status","createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "cron_job_executions_created" ON "cron_job_executions" USING btree ("createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST);
