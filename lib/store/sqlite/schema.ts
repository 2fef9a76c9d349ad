import { sql } from 'drizzle-orm'
import {
  check,
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'

// Without a comma: drizzle-kit splits an index expression at one.
const PROJECT = sql`(CASE WHEN "projectId" IS NULL THEN '' ELSE "projectId" END)`
const NOW = sql`(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))`

/** The runs of one machine: same names and constraints as in Postgres; JSON and ISO times as text. */
export const runs = sqliteTable(
  'runs',
  {
    id: text().primaryKey(),
    projectId: text(),
    kind: text().notNull(),
    name: text(),
    scriptId: integer(),
    input: text(),
    outputRef: text(),
    error: text(),
    errorCode: text(),
    state: text().notNull(),
    idempotencyKey: text(),
    idempotencyHash: text(),
    attempt: integer().notNull().default(0),
    maxAttempts: integer().notNull().default(1),
    priority: integer().notNull().default(1),
    runAt: text().notNull().default(NOW),
    timeoutSeconds: integer(),
    createdBy: text(),
    claimedBy: text(),
    claimedAt: text(),
    claimId: text(),
    startedAt: text(),
    finishedAt: text(),
    createdAt: text().notNull().default(NOW),
    updatedAt: text().notNull().default(NOW),
    fence: integer().notNull().default(0),
    leaseExpiresAt: text(),
    heartbeatAt: text(),
    cancelRequestedAt: text(),
    progress: integer().notNull().default(0),
    progressMessage: text(),
    exitCode: integer(),
    pid: integer(),
    memoryPeakBytes: integer(),
    cpuSeconds: real(),
    labels: text().notNull().default('{}'),
    cronExecutionId: text(),
    folderName: text(),
    logFile: text(),
    logBytes: integer().notNull().default(0),
    nextLogOffset: integer().notNull().default(0),
    logFinalOffset: integer(),
    logObjectBytes: integer().notNull().default(0),
    outputBytes: integer().notNull().default(0),
    outputCount: integer().notNull().default(0),
    storageState: text().notNull().default('active'),
    archivedAt: text(),
    archivePath: text(),
    archiveBytes: integer(),
    archiveSha256: text(),
    archiveVerifiedAt: text(),
    restoredAt: text(),
    deletedAt: text(),
    purgeAfter: text(),
    deletionReason: text(),
    retainUntil: text(),
    holdUntil: text(),
    origin: text().notNull().default('enqueued'),
    storageFence: integer().notNull().default(0),
    storageLeaseExpiresAt: text(),
  },
  (run) => {
    const newestFirst = [sql`${run.createdAt} DESC`, sql`${run.id} DESC`] as const
    return [
      index('runs_created').on(...newestFirst),
      index('runs_project_created').on(run.projectId, ...newestFirst),
      index('runs_state_created').on(run.state, ...newestFirst),
      index('runs_kind_created').on(run.kind, ...newestFirst),
      uniqueIndex('runs_idempotency')
        .on(PROJECT, run.idempotencyKey)
        .where(sql`"idempotencyKey" IS NOT NULL`),
      index('runs_ready')
        .on(run.projectId, run.kind, run.priority, run.runAt, run.id)
        .where(sql`"state" = 'queued'`),
      index('runs_running').on(run.claimId, run.id).where(sql`"state" = 'running'`),
      index('runs_finished').on(run.finishedAt, run.id).where(sql`"finishedAt" IS NOT NULL`),
      index('runs_folder').on(run.folderName).where(sql`"folderName" IS NOT NULL`),
      index('runs_archived').on(run.archivedAt).where(sql`"archivedAt" IS NOT NULL`),
      index('runs_deleted').on(run.deletedAt).where(sql`"deletedAt" IS NOT NULL`),
      check('runs_state', sql`"state" IN ('queued', 'running', 'succeeded', 'failed', 'canceled')`),
      check(
        'runs_storage_state',
        sql`"storageState" IN ('active', 'archiving', 'archived', 'restoring', 'deleting', 'deleted')`,
      ),
      check('runs_priority', sql`"priority" BETWEEN 0 AND 3`),
      check('runs_progress', sql`"progress" BETWEEN 0 AND 100`),
      check('runs_leased', sql`"leaseExpiresAt" IS NULL OR "state" = 'running'`),
      check(
        'runs_queued',
        sql`"state" <> 'queued' OR ("startedAt" IS NULL AND "claimedBy" IS NULL AND "claimedAt" IS NULL)`,
      ),
      check('runs_started', sql`"state" IN ('queued', 'canceled') OR "startedAt" IS NOT NULL`),
      check(
        'runs_finished_at',
        sql`("finishedAt" IS NOT NULL) = ("state" IN ('succeeded', 'failed', 'canceled'))`,
      ),
    ]
  },
)

/** A registered kind. */
export const scripts = sqliteTable(
  'scripts',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    projectId: text(),
    name: text().notNull(),
    label: text(),
    options: text().notNull().default('{}'),
    staleAfterSeconds: integer(),
    createdAt: text().notNull().default(NOW),
  },
  (script) => [uniqueIndex('scripts_name').on(PROJECT, script.name)],
)

/** What happened to a run; written in the transaction of its move. */
export const runEvents = sqliteTable(
  'run_events',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    runId: text().notNull(),
    type: text().notNull(),
    actor: text().notNull(),
    at: text().notNull().default(NOW),
    data: text().notNull().default('{}'),
  },
  (event) => [index('run_events_run').on(event.runId, event.id)],
)

/** The pieces of logs that no log object covers yet; a row a piece of which anything is kept. */
export const logChunks = sqliteTable(
  'log_chunks',
  {
    runId: text().notNull(),
    fence: integer().notNull(),
    offset: integer().notNull(),
    sentBytes: integer().notNull(),
    sentSha256: text().notNull(),
    position: integer().notNull(),
    bytes: integer().notNull(),
    sha256: text().notNull(),
    objectKey: text().notNull(),
    endsInKey: integer({ mode: 'boolean' }).notNull(),
  },
  (chunk) => [
    primaryKey({ columns: [chunk.runId, chunk.fence, chunk.offset] }),
    uniqueIndex('log_chunks_position').on(chunk.runId, chunk.position),
  ],
)

/** The files of runs, from when their upload is agreed on. */
export const outputs = sqliteTable(
  'outputs',
  {
    runId: text().notNull(),
    path: text().notNull(),
    fence: integer().notNull(),
    bytes: integer().notNull(),
    sha256: text(),
    contentType: text().notNull(),
    objectKey: text().notNull(),
    uploadId: text(),
    etag: text(),
    createdAt: text().notNull().default(NOW),
    committedAt: text(),
  },
  (output) => [
    primaryKey({ columns: [output.runId, output.path, output.fence] }),
    index('outputs_reserved').on(output.createdAt).where(sql`"committedAt" IS NULL`),
  ],
)
