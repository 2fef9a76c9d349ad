CREATE TABLE `run_events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`runId` text NOT NULL,
	`type` text NOT NULL,
	`actor` text NOT NULL,
	`at` text DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) NOT NULL,
	`data` text DEFAULT '{}' NOT NULL
);
--> statement-breakpoint
CREATE INDEX `run_events_run` ON `run_events` (`runId`,`id`);--> statement-breakpoint
CREATE TABLE `runs` (
	`id` text PRIMARY KEY NOT NULL,
	`projectId` text,
	`kind` text NOT NULL,
	`name` text,
	`scriptId` integer,
	`input` text,
	`outputRef` text,
	`error` text,
	`errorCode` text,
	`state` text NOT NULL,
	`idempotencyKey` text,
	`idempotencyHash` text,
	`attempt` integer DEFAULT 0 NOT NULL,
	`maxAttempts` integer DEFAULT 1 NOT NULL,
	`priority` integer DEFAULT 1 NOT NULL,
	`runAt` text DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) NOT NULL,
	`timeoutSeconds` integer,
	`createdBy` text,
	`claimedBy` text,
	`claimedAt` text,
	`claimId` text,
	`startedAt` text,
	`finishedAt` text,
	`createdAt` text DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) NOT NULL,
	`updatedAt` text DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) NOT NULL,
	`fence` integer DEFAULT 0 NOT NULL,
	`leaseExpiresAt` text,
	`heartbeatAt` text,
	`cancelRequestedAt` text,
	`progress` integer DEFAULT 0 NOT NULL,
	`progressMessage` text,
	`exitCode` integer,
	`pid` integer,
	`memoryPeakBytes` integer,
	`cpuSeconds` real,
	`labels` text DEFAULT '{}' NOT NULL,
	`cronExecutionId` text,
	`folderName` text,
	`logFile` text,
	`logBytes` integer DEFAULT 0 NOT NULL,
	`nextLogOffset` integer DEFAULT 0 NOT NULL,
	`outputBytes` integer DEFAULT 0 NOT NULL,
	`outputCount` integer DEFAULT 0 NOT NULL,
	`storageState` text DEFAULT 'active' NOT NULL,
	`archivedAt` text,
	`archivePath` text,
	`archiveBytes` integer,
	`archiveSha256` text,
	`archiveVerifiedAt` text,
	`restoredAt` text,
	`deletedAt` text,
	`purgeAfter` text,
	`deletionReason` text,
	`retainUntil` text,
	`holdUntil` text,
	CONSTRAINT "runs_state" CHECK("state" IN ('queued', 'running', 'succeeded', 'failed', 'canceled')),
	CONSTRAINT "runs_storage_state" CHECK("storageState" IN ('active', 'archiving', 'archived', 'restoring', 'deleting', 'deleted')),
	CONSTRAINT "runs_priority" CHECK("priority" BETWEEN 0 AND 3),
	CONSTRAINT "runs_progress" CHECK("progress" BETWEEN 0 AND 100),
	CONSTRAINT "runs_leased" CHECK("leaseExpiresAt" IS NULL OR "state" = 'running'),
	CONSTRAINT "runs_queued" CHECK("state" <> 'queued' OR ("startedAt" IS NULL AND "claimedBy" IS NULL AND "claimedAt" IS NULL)),
	CONSTRAINT "runs_started" CHECK("state" IN ('queued', 'canceled') OR "startedAt" IS NOT NULL),
	CONSTRAINT "runs_finished_at" CHECK(("finishedAt" IS NOT NULL) = ("state" IN ('succeeded', 'failed', 'canceled')))
);
--> statement-breakpoint
CREATE INDEX `runs_created` ON `runs` ("createdAt" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX `runs_project_created` ON `runs` (`projectId`,"createdAt" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX `runs_state_created` ON `runs` (`state`,"createdAt" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX `runs_kind_created` ON `runs` (`kind`,"createdAt" DESC,"id" DESC);--> statement-breakpoint
CREATE UNIQUE INDEX `runs_idempotency` ON `runs` ((CASE WHEN "projectId" IS NULL THEN '' ELSE "projectId" END),`idempotencyKey`) WHERE "idempotencyKey" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `runs_ready` ON `runs` (`projectId`,`kind`,`priority`,`runAt`,`id`) WHERE "state" = 'queued';--> statement-breakpoint
CREATE INDEX `runs_running` ON `runs` (`claimId`,`id`) WHERE "state" = 'running';--> statement-breakpoint
CREATE INDEX `runs_finished` ON `runs` (`finishedAt`,`id`) WHERE "finishedAt" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `runs_folder` ON `runs` (`folderName`) WHERE "folderName" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `runs_archived` ON `runs` (`archivedAt`) WHERE "archivedAt" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `runs_deleted` ON `runs` (`deletedAt`) WHERE "deletedAt" IS NOT NULL;--> statement-breakpoint
CREATE TABLE `scripts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`projectId` text,
	`name` text NOT NULL,
	`label` text,
	`options` text DEFAULT '{}' NOT NULL,
	`staleAfterSeconds` integer,
	`createdAt` text DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `scripts_name` ON `scripts` ((CASE WHEN "projectId" IS NULL THEN '' ELSE "projectId" END),`name`);