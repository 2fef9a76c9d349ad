CREATE TABLE "run_stats_total" (
	"kind" text NOT NULL,
	"state" text NOT NULL,
	"bucket" smallint NOT NULL,
	"ends" bigint NOT NULL,
	"endsMs" bigint NOT NULL,
	"count" bigint NOT NULL,
	"logBytes" bigint NOT NULL,
	"outputBytes" bigint NOT NULL,
	CONSTRAINT "run_stats_total_kind_state_bucket_pk" PRIMARY KEY("kind","state","bucket")
);
--> statement-breakpoint
CREATE TABLE "run_stats_waits" (
	"kind" text NOT NULL,
	"bucket" smallint NOT NULL,
	"count" bigint NOT NULL,
	"waitMs" bigint NOT NULL,
	CONSTRAINT "run_stats_waits_kind_bucket_pk" PRIMARY KEY("kind","bucket")
);
--> statement-breakpoint
ALTER TABLE "run_stats_pending" ADD COLUMN "waitBucket" smallint;--> statement-breakpoint
ALTER TABLE "run_stats_pending" ADD COLUMN "waitMs" bigint;--> statement-breakpoint
CREATE INDEX "deliveries_failed" ON "deliveries" USING btree ("createdAt") WHERE "deliveries"."status" = 'failed';
