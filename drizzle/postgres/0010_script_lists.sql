CREATE TABLE "run_stats_daily" (
	"day" timestamp(3) with time zone NOT NULL,
	"projectId" text NOT NULL,
	"kind" text NOT NULL,
	"count" bigint NOT NULL,
	CONSTRAINT "run_stats_daily_day_projectId_kind_pk" PRIMARY KEY("day","projectId","kind")
);
--> statement-breakpoint
CREATE INDEX "runs_script_created" ON "runs" USING btree ("scriptId","createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "storageState" IN ('active', 'archiving', 'restoring');--> statement-breakpoint
CREATE INDEX "runs_script_put_away" ON "runs" USING btree ("scriptId","createdAt" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "storageState" <> 'active';--> statement-breakpoint
CREATE INDEX "sweeps_running" ON "sweeps" USING btree ("kind") WHERE "sweeps"."status" = 'running';--> statement-breakpoint
-- What has been rolled up so far.
INSERT INTO run_stats_daily (day, "projectId", kind, count)
SELECT date_trunc('day', hour, 'UTC'), "projectId", kind, sum(count) FROM run_stats_hourly GROUP BY 1, 2, 3;
