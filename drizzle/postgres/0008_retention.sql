CREATE TABLE "holds" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"runId" text COLLATE "C" NOT NULL,
	"reason" text NOT NULL,
	"heldBy" text NOT NULL,
	"heldAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"until" timestamp(3) with time zone NOT NULL,
	"releasedAt" timestamp(3) with time zone,
	"releasedBy" text,
	"releaseReason" text
);
--> statement-breakpoint
CREATE TABLE "job_audit" (
	"seq" bigint PRIMARY KEY NOT NULL,
	"id" text COLLATE "C" NOT NULL,
	"action" text NOT NULL,
	"phase" text,
	"at" timestamp(3) with time zone NOT NULL,
	"actor" text NOT NULL,
	"requestId" text,
	"sweepId" text COLLATE "C",
	"reason" text,
	"jobId" text COLLATE "C",
	"jobName" text,
	"projectId" text,
	"folderName" text,
	"createdAt" timestamp(3) with time zone,
	"completedAt" timestamp(3) with time zone,
	"archivedAt" timestamp(3) with time zone,
	"deletedAt" timestamp(3) with time zone,
	"createdBy" text,
	"deletionReason" text,
	"stats" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"prevHash" text NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "job_audit_id_unique" UNIQUE("id"),
	CONSTRAINT "job_audit_prevHash_unique" UNIQUE("prevHash")
);
--> statement-breakpoint
CREATE TABLE "retention_policies" (
	"revision" integer PRIMARY KEY NOT NULL,
	"rules" jsonb NOT NULL,
	"reason" text,
	"setAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"setBy" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "storage_samples" (
	"day" text NOT NULL,
	"projectId" text NOT NULL,
	"kind" text NOT NULL,
	"storageState" text NOT NULL,
	"isHeld" boolean DEFAULT false NOT NULL,
	"runs" bigint NOT NULL,
	"logBytes" bigint NOT NULL,
	"outputBytes" bigint NOT NULL,
	"archiveBytes" bigint NOT NULL,
	"originalBytes" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "storage_samples_day_storageState_kind_projectId_isHeld_pk" PRIMARY KEY("day","storageState","kind","projectId","isHeld")
);
--> statement-breakpoint
CREATE INDEX "holds_run" ON "holds" USING btree ("runId","id" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "job_audit_deleted" ON "job_audit" USING btree ("deletedAt") WHERE "job_audit"."deletedAt" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "job_audit_job" ON "job_audit" USING btree ("jobId","seq");--> statement-breakpoint
CREATE INDEX "job_audit_action" ON "job_audit" USING btree ("action","seq");--> statement-breakpoint
-- Append-only: what was done stays told as it was told (data page, rule 12).
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'job_audit is append-only: % is refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END
$$;
--> statement-breakpoint
CREATE TRIGGER refuse_audit_change BEFORE UPDATE OR DELETE OR TRUNCATE ON job_audit
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
