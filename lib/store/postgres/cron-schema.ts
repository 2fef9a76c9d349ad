import { sql } from 'drizzle-orm'
import { boolean, index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { bytes, idText, time } from './schema-parts.ts'

/** A name, a schedule and an action. Source 003's columns, and those of the cron page. */
export const cronJobs = pgTable(
  'cron_jobs',
  {
    id: idText().primaryKey(),
    name: text().notNull().unique(),
    description: text(),
    /** As it was written; `${VAR}` is replaced whenever it is read. */
    schedule: text().notNull(),
    timeZone: text().notNull().default('UTC'),
    action: jsonb().notNull(),
    projectId: text(),
    isEnabled: boolean().notNull().default(true),
    /** Why it does not run although it is enabled. */
    problem: text(),
    timeoutMs: integer().notNull().default(120_000),
    maxRetries: integer().notNull().default(0),
    missedPolicy: text().notNull().default('once'),
    overlapPolicy: text().notNull().default('skip'),
    /** What the code says of it; null: a person made it. */
    definition: jsonb(),
    /** The fields of a definition that a person has set otherwise: who and when, by field. */
    changes: jsonb().notNull().default({}),
    nextRunAt: time(),
    /** When what was due of it was recorded last: those that are due take turns by it. */
    firedAt: time(),
    /** Failures since the last success. */
    failuresInRow: integer().notNull().default(0),
    createdAt: time().notNull().defaultNow(),
    updatedAt: time().notNull().defaultNow(),
    createdBy: text().notNull().default('system'),
    lastModifiedBy: text().notNull().default('system'),
  },
  (job) => [
    index('cron_jobs_due').on(job.nextRunAt).where(sql`${job.isEnabled} AND ${job.nextRunAt} IS NOT NULL`),
  ],
)

/** What came of an occurrence, or of a trigger by hand; a row an attempt. Source 003's columns, and those of the cron page. */
export const cronJobExecutions = pgTable(
  'cron_job_executions',
  {
    id: idText().primaryKey(),
    cronJobId: idText()
      .notNull()
      .references(() => cronJobs.id, { onDelete: 'cascade' }),
    /** When it was due; null: triggered by hand. */
    scheduledFor: time(),
    retryCount: integer().notNull().default(0),
    /** Of a retry: the first attempt at the same. */
    firstId: idText(),
    status: text().notNull(),
    /** Why it was skipped, missed or canceled. */
    reason: text(),
    /** A queued one begins no earlier. */
    notBefore: time().notNull().defaultNow(),
    startedAt: time(),
    completedAt: time(),
    durationMs: bytes(),
    lateMs: bytes(),
    exitCode: integer(),
    output: text(),
    errorMessage: text(),
    stackTrace: text(),
    metrics: jsonb(),
    triggeredBy: text().notNull().default('scheduler'),
    triggeredByUserId: text(),
    memoryUsageMb: integer(),
    cpuUsagePercent: integer(),
    requestId: text(),
    /** The run that an `enqueue` made, whose outcome it takes. */
    runId: idText(),
    fence: integer().notNull().default(0),
    leaseExpiresAt: time(),
    /** While it runs no other of its job may. */
    isExclusive: boolean().notNull().default(true),
    /** What the outside is still to be told of it. */
    event: text(),
    createdAt: time().notNull().defaultNow(),
  },
  (execution) => {
    // A function, since drizzle forgets the order of a column once an index has used it.
    const newestFirst = () =>
      [execution.createdAt.desc().nullsFirst(), execution.id.desc().nullsFirst()] as const
    const byHand = sql`${execution.triggeredBy} <> 'scheduler'`
    return [
      uniqueIndex('cron_job_executions_occurrence')
        .on(execution.cronJobId, execution.scheduledFor, execution.retryCount)
        .where(sql`${execution.scheduledFor} IS NOT NULL`),
      uniqueIndex('cron_job_executions_alone')
        .on(execution.cronJobId)
        .where(sql`${execution.status} = 'running' AND ${execution.isExclusive}`),
      // By job first: each that waits asks for the others of its own.
      index('cron_job_executions_open')
        .on(execution.cronJobId, execution.notBefore)
        .where(sql`${execution.status} IN ('queued', 'running')`),
      index('cron_job_executions_untold').on(execution.id).where(sql`${execution.event} IS NOT NULL`),
      index('cron_job_executions_retries')
        .on(execution.firstId, execution.retryCount)
        .where(sql`${execution.firstId} IS NOT NULL`),
      // Lists, by each filter that may leave little of much.
      index('cron_job_executions_created').on(...newestFirst()),
      index('cron_job_executions_job').on(execution.cronJobId, ...newestFirst()),
      index('cron_job_executions_status').on(execution.status, ...newestFirst()),
      index('cron_job_executions_job_status').on(execution.cronJobId, execution.status, ...newestFirst()),
      index('cron_job_executions_trigger')
        .on(execution.triggeredBy, ...newestFirst())
        .where(byHand),
      index('cron_job_executions_job_trigger')
        .on(execution.cronJobId, execution.triggeredBy, ...newestFirst())
        .where(byHand),
    ]
  },
)

/** The settings of all cron jobs. */
export const cronJobConfig = pgTable('cron_job_config', {
  key: text().primaryKey(),
  value: jsonb().notNull(),
  updatedAt: time().notNull().defaultNow(),
  updatedBy: text().notNull(),
})

/** One bounded pass of maintenance that somebody may ask about. */
export const sweeps = pgTable(
  'sweeps',
  {
    id: idText().primaryKey(),
    kind: text().notNull(),
    status: text().notNull(),
    dryRun: boolean().notNull().default(false),
    /** The policy as it stood, the plan's summary, where it got to, and what it did. */
    policy: jsonb().notNull().default({}),
    plan: jsonb().notNull().default({}),
    cursor: jsonb(),
    counts: jsonb().notNull().default({}),
    bytes: bytes().notNull().default(0),
    errors: jsonb().notNull().default([]),
    startedAt: time().notNull().defaultNow(),
    completedAt: time(),
    durationMs: integer(),
    leaseExpiresAt: time(),
    requestedBy: text().notNull(),
    requestId: text(),
    cronExecutionId: idText(),
    /** Who let it through, when, and within which bounds. */
    approval: jsonb(),
  },
  (sweep) => [
    index('sweeps_kind').on(sweep.kind, sweep.id.desc().nullsFirst()),
    index('sweeps_running').on(sweep.kind).where(sql`${sweep.status} = 'running'`),
  ],
)
