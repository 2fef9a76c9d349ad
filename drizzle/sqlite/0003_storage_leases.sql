ALTER TABLE `runs` ADD `storageFence` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `runs` ADD `storageLeaseExpiresAt` text;