CREATE TABLE "archive_parts" (
	"runId" text COLLATE "C" NOT NULL,
	"attempt" integer NOT NULL,
	"number" integer NOT NULL,
	"etag" text NOT NULL,
	"start" bigint NOT NULL,
	"bytes" bigint NOT NULL,
	"sha256" text NOT NULL,
	"tarStart" bigint NOT NULL,
	"tarBytes" bigint NOT NULL,
	CONSTRAINT "archive_parts_runId_attempt_number_pk" PRIMARY KEY("runId","attempt","number")
);
--> statement-breakpoint
CREATE TABLE "archives" (
	"runId" text COLLATE "C" NOT NULL,
	"attempt" integer NOT NULL,
	"key" text NOT NULL,
	"compression" text NOT NULL,
	"status" text NOT NULL,
	"manifest" text NOT NULL,
	"manifestSha256" text NOT NULL,
	"tarBytes" bigint NOT NULL,
	"uploadId" text,
	"bytes" bigint,
	"sha256" text,
	"readBack" integer DEFAULT 0 NOT NULL,
	"verifiedAt" timestamp(3) with time zone,
	"fault" text,
	"createdAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"updatedAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "archives_runId_attempt_pk" PRIMARY KEY("runId","attempt")
);
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "storageFence" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "storageLeaseExpiresAt" timestamp(3) with time zone;--> statement-breakpoint
CREATE INDEX "archives_verified" ON "archives" USING btree ("verifiedAt","runId") WHERE "archives"."status" IN ('archived', 'removing', 'kept');--> statement-breakpoint
CREATE INDEX "archives_to_clear" ON "archives" USING btree ("updatedAt") WHERE "archives"."status" = 'abandoned';
