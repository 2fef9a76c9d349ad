CREATE TABLE "log_chunks" (
	"runId" text COLLATE "C" NOT NULL,
	"fence" integer NOT NULL,
	"offset" bigint NOT NULL,
	"sentBytes" integer NOT NULL,
	"sentSha256" text NOT NULL,
	"position" bigint NOT NULL,
	"bytes" integer NOT NULL,
	"sha256" text NOT NULL,
	"objectKey" text NOT NULL,
	"endsInKey" boolean NOT NULL,
	CONSTRAINT "log_chunks_runId_fence_offset_pk" PRIMARY KEY("runId","fence","offset")
);
--> statement-breakpoint
CREATE TABLE "outputs" (
	"runId" text COLLATE "C" NOT NULL,
	"path" text COLLATE "C" NOT NULL,
	"fence" integer NOT NULL,
	"bytes" bigint NOT NULL,
	"sha256" text,
	"contentType" text NOT NULL,
	"objectKey" text NOT NULL,
	"uploadId" text,
	"etag" text,
	"createdAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"committedAt" timestamp(3) with time zone,
	CONSTRAINT "outputs_runId_path_fence_pk" PRIMARY KEY("runId","path","fence")
);
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "logFinalOffset" bigint;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "logObjectBytes" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "log_chunks_position" ON "log_chunks" USING btree ("runId","position");--> statement-breakpoint
CREATE INDEX "outputs_reserved" ON "outputs" USING btree ("createdAt") WHERE "outputs"."committedAt" IS NULL;--> statement-breakpoint
-- Until now a size was noted as it was told, and nothing was kept.
UPDATE "runs" SET "logBytes" = 0 WHERE "logBytes" <> 0;--> statement-breakpoint
UPDATE "run_stats_pending" SET "logBytes" = 0 WHERE "logBytes" <> 0;--> statement-breakpoint
UPDATE "run_stats_hourly" SET "logBytes" = 0 WHERE "logBytes" <> 0;
