import { sql } from 'drizzle-orm'
import { boolean, index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { bytes, idText, time } from './schema-parts.ts'

/** What is kept for how long, as it was set: a row each time, the newest that can be read is in force. */
export const retentionPolicies = pgTable('retention_policies', {
  revision: integer().primaryKey(),
  rules: jsonb().notNull(),
  reason: text(),
  setAt: time().notNull().defaultNow(),
  setBy: text().notNull(),
})

/** Who has held which run, and why. The hold in force is on the run's row; these outlive the run. */
export const holds = pgTable(
  'holds',
  {
    id: idText().primaryKey(),
    runId: idText().notNull(),
    reason: text().notNull(),
    heldBy: text().notNull(),
    heldAt: time().notNull().defaultNow(),
    until: time().notNull(),
    releasedAt: time(),
    releasedBy: text(),
    releaseReason: text(),
  },
  (hold) => [
    index('holds_run').on(hold.runId, hold.id.desc().nullsFirst()),
    // Those in force, as they end.
    index('holds_open').on(hold.until, hold.id).where(sql`${hold.releasedAt} IS NULL`),
  ],
)

/**
 * What was done to whose data, by whom and why, for ever: source 002's columns, and the chain. A trigger of the migration refuses
 * UPDATE, DELETE and TRUNCATE.
 */
export const jobAudit = pgTable(
  'job_audit',
  {
    /** Its place in the chain, from 1, without a gap. */
    seq: bytes().primaryKey(),
    id: idText().notNull().unique(),
    action: text().notNull(),
    /** `pending` before it is done, `confirmed` after; null: done with this row. */
    phase: text(),
    at: time().notNull(),
    actor: text().notNull(),
    requestId: text(),
    sweepId: idText(),
    reason: text(),
    jobId: idText(),
    jobName: text(),
    projectId: text(),
    folderName: text(),
    createdAt: time(),
    completedAt: time(),
    archivedAt: time(),
    deletedAt: time(),
    createdBy: text(),
    deletionReason: text(),
    stats: jsonb().notNull().default({}),
    prevHash: text().notNull().unique(),
    hash: text().notNull(),
  },
  (row) => [
    index('job_audit_deleted').on(row.deletedAt).where(sql`${row.deletedAt} IS NOT NULL`),
    index('job_audit_job').on(row.jobId, row.seq),
    index('job_audit_action').on(row.action, row.seq),
    index('job_audit_actor').on(row.actor, row.seq),
    index('job_audit_at').on(row.at, row.seq),
  ],
)

/** What storage holds, once a day: by state and kind, '' is no project. */
export const storageSamples = pgTable(
  'storage_samples',
  {
    day: text().notNull(),
    projectId: text().notNull(),
    kind: text().notNull(),
    storageState: text().notNull(),
    isHeld: boolean().notNull().default(false),
    runs: bytes().notNull(),
    logBytes: bytes().notNull(),
    outputBytes: bytes().notNull(),
    archiveBytes: bytes().notNull(),
    /** Of what is archived, how many bytes it had been. */
    originalBytes: bytes().notNull().default(0),
  },
  (row) => [primaryKey({ columns: [row.day, row.storageState, row.kind, row.projectId, row.isHeld] })],
)
