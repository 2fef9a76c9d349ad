CREATE TABLE "run_stats_daily" (
	"day" timestamp(3) with time zone NOT NULL,
	"projectId" text NOT NULL,
	"kind" text NOT NULL,
	"count" bigint NOT NULL,
	CONSTRAINT "run_stats_daily_day_projectId_kind_pk" PRIMARY KEY("day","projectId","kind")
);
--> statement-breakpoint
CREATE INDEX "sweeps_running" ON "sweeps" USING btree ("kind") WHERE "sweeps"."status" = 'running';
