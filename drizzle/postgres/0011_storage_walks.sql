CREATE TABLE "storage_walks" (
	"day" text PRIMARY KEY NOT NULL,
	"after" text DEFAULT '' NOT NULL,
	"walked" bigint DEFAULT 0 NOT NULL,
	"startedAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"completedAt" timestamp(3) with time zone,
	"totals" jsonb DEFAULT '[]'::jsonb NOT NULL
);
