import { bigint, index, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { cronJobs } from './cron-schema.ts'
import { bytes, idText, time } from './schema-parts.ts'

/** What people have changed of jobs, the last ones of each: by field, what it was and what it became. */
export const cronJobChanges = pgTable(
  'cron_job_changes',
  {
    id: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    cronJobId: idText()
      .notNull()
      .references(() => cronJobs.id, { onDelete: 'cascade' }),
    at: time().notNull(),
    by: text().notNull(),
    fields: jsonb().notNull(),
  },
  (change) => [primaryKey({ columns: [change.cronJobId, change.id] })],
)

/**
 * Executions that have ended, by job, day of their making and status; kept with each end, so that nobody counts them. No foreign key:
 * it would lock the job's row.
 */
export const cronJobStats = pgTable(
  'cron_job_stats',
  {
    cronJobId: idText().notNull(),
    day: time().notNull(),
    status: text().notNull(),
    count: bytes().notNull(),
    /** Those of them that took a time, and all of that. */
    timed: bytes().notNull(),
    durationMs: bytes().notNull(),
  },
  (row) => [
    primaryKey({ columns: [row.cronJobId, row.day, row.status] }),
    index('cron_job_stats_day').on(row.day),
  ],
)
