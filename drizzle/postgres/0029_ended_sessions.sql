CREATE TABLE "ended_sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"endsAt" timestamp(3) with time zone NOT NULL
);
