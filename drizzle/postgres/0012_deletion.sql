CREATE TABLE "orphans" (
	"key" text COLLATE "C" PRIMARY KEY NOT NULL,
	"bytes" bigint NOT NULL,
	"etag" text,
	"modifiedAt" timestamp(3) with time zone NOT NULL,
	"runId" text COLLATE "C",
	"foundAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"seenAt" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "orphans_seen" ON "orphans" USING btree ("seenAt");
