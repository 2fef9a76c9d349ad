CREATE TABLE `log_chunks` (
	`runId` text NOT NULL,
	`fence` integer NOT NULL,
	`offset` integer NOT NULL,
	`sentBytes` integer NOT NULL,
	`sentSha256` text NOT NULL,
	`position` integer NOT NULL,
	`bytes` integer NOT NULL,
	`sha256` text NOT NULL,
	`objectKey` text NOT NULL,
	`endsInKey` integer NOT NULL,
	PRIMARY KEY(`runId`, `fence`, `offset`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `log_chunks_position` ON `log_chunks` (`runId`,`position`);--> statement-breakpoint
CREATE TABLE `outputs` (
	`runId` text NOT NULL,
	`path` text NOT NULL,
	`fence` integer NOT NULL,
	`bytes` integer NOT NULL,
	`sha256` text,
	`contentType` text NOT NULL,
	`objectKey` text NOT NULL,
	`uploadId` text,
	`etag` text,
	`createdAt` text DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) NOT NULL,
	`committedAt` text,
	PRIMARY KEY(`runId`, `path`, `fence`)
);
--> statement-breakpoint
CREATE INDEX `outputs_reserved` ON `outputs` (`createdAt`) WHERE "committedAt" IS NULL;--> statement-breakpoint
ALTER TABLE `runs` ADD `logFinalOffset` integer;--> statement-breakpoint
ALTER TABLE `runs` ADD `logObjectBytes` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
-- Until now a size was noted as it was told, and nothing was kept.
UPDATE `runs` SET `logBytes` = 0 WHERE `logBytes` <> 0;
