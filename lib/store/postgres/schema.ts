import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  customType,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import { bytes, idText, time } from './schema-parts.ts'

export * from './archive-schema.ts'
export * from './cron-history-schema.ts'
export * from './cron-schema.ts'
export * from './deletion-schema.ts'
export * from './notice-schema.ts'
export * from './retention-schema.ts'
export * from './storage-schema.ts'

/**
 * Domains where a CHECK might stand: Postgres reads a table's CHECKs anew for each statement, which takes longer than to move a
 * run, and a domain's once, and asks it only of a column that is written.
 */
const runState = customType<{ data: string }>({ dataType: () => 'run_state' })
const storageState = customType<{ data: string }>({ dataType: () => 'storage_state' })
const runPriority = customType<{ data: number }>({ dataType: () => 'run_priority' })
const runProgress = customType<{ data: number }>({ dataType: () => 'run_progress' })

const LISTED = sql`"storageState" IN ('active', 'archiving', 'restoring')`
const NOT_ACTIVE = sql`"storageState" <> 'active'`
const IN_GRACE = sql`"storageState" = 'deleted' AND "purgeAfter" IS NOT NULL`
const ACTIVE_ENDED = sql`"storageState" = 'active' AND "finishedAt" IS NOT NULL`

/** One row a run; the data page lists the columns. What a heartbeat writes is in no index, so its updates stay in the page. */
export const runs = pgTable(
  'runs',
  {
    id: idText().primaryKey(),
    projectId: text(),
    kind: text().notNull(),
    name: text(),
    scriptId: integer(),
    input: jsonb(),
    outputRef: text(),
    error: text(),
    errorCode: text(),
    state: runState().notNull(),
    idempotencyKey: text(),
    idempotencyHash: text(),
    attempt: integer().notNull().default(0),
    maxAttempts: integer().notNull().default(1),
    priority: runPriority().notNull().default(1),
    runAt: time().notNull().defaultNow(),
    timeoutSeconds: integer(),
    createdBy: text(),
    claimedBy: text(),
    claimedAt: time(),
    claimId: text(),
    startedAt: time(),
    finishedAt: time(),
    createdAt: time().notNull().defaultNow(),
    updatedAt: time().notNull().defaultNow(),
    fence: integer().notNull().default(0),
    leaseExpiresAt: time(),
    heartbeatAt: time(),
    cancelRequestedAt: time(),
    progress: runProgress().notNull().default(0),
    progressMessage: text(),
    exitCode: integer(),
    pid: integer(),
    memoryPeakBytes: bytes(),
    cpuSeconds: doublePrecision(),
    labels: jsonb().notNull().default({}),
    cronExecutionId: text(),
    folderName: text(),
    logFile: text(),
    logBytes: bytes().notNull().default(0),
    nextLogOffset: bytes().notNull().default(0),
    logFinalOffset: bytes(),
    logObjectBytes: bytes().notNull().default(0),
    outputBytes: bytes().notNull().default(0),
    outputCount: integer().notNull().default(0),
    storageState: storageState().notNull().default('active'),
    archivedAt: time(),
    archivePath: text(),
    archiveBytes: bytes(),
    archiveSha256: text(),
    archiveVerifiedAt: time(),
    restoredAt: time(),
    deletedAt: time(),
    purgeAfter: time(),
    deletionReason: text(),
    retainUntil: time(),
    holdUntil: time(),
    origin: text().notNull().default('enqueued'),
    /** Grows by one whenever somebody takes the run's storage in hand. */
    storageFence: integer().notNull().default(0),
    storageLeaseExpiresAt: time(),
  },
  (run) => {
    // A function, since drizzle forgets the order of a column once an index has used it.
    const newestFirst = () => [run.createdAt.desc().nullsFirst(), run.id.desc().nullsFirst()] as const
    return [
      // Lists: over what they show unless asked otherwise, and over what is put away, which piles up behind it. Those of a project, a kind or
      // a place end with the state: where none is in that which is asked for, this is told without a look at the runs themselves.
      index('runs_created')
        .on(...newestFirst())
        .where(LISTED),
      index('runs_project_newest')
        .on(run.projectId, ...newestFirst(), run.state)
        .where(LISTED),
      index('runs_state_created')
        .on(run.state, ...newestFirst())
        .where(LISTED),
      index('runs_kind_newest')
        .on(run.kind, ...newestFirst(), run.state)
        .where(LISTED),
      index('runs_put_away_newest')
        .on(run.storageState, ...newestFirst(), run.state)
        .where(NOT_ACTIVE),
      index('runs_project_put_away_newest')
        .on(run.projectId, run.storageState, ...newestFirst(), run.state)
        .where(NOT_ACTIVE),
      index('runs_kind_put_away_newest')
        .on(run.kind, run.storageState, ...newestFirst(), run.state)
        .where(NOT_ACTIVE),
      // A kind of one project, where others have many of it.
      index('runs_script_newest')
        .on(run.scriptId, ...newestFirst(), run.state)
        .where(LISTED),
      index('runs_script_put_away_newest')
        .on(run.scriptId, run.storageState, ...newestFirst(), run.state)
        .where(NOT_ACTIVE),
      // What is put away is shown to who created it.
      index('runs_creator_put_away')
        .on(run.createdBy, run.storageState, ...newestFirst())
        .where(NOT_ACTIVE),
      index('runs_labels').using('gin', sql`${run.labels} jsonb_path_ops`).where(sql`${run.labels} <> '{}'`),
      index('runs_name').on(run.name.op('text_pattern_ops')).where(sql`${run.name} IS NOT NULL`),
      uniqueIndex('runs_idempotency')
        .on(sql`coalesce(${run.projectId}, '')`, run.idempotencyKey)
        .where(sql`${run.idempotencyKey} IS NOT NULL`),
      index('runs_ready')
        .on(run.projectId, run.kind, run.priority, run.runAt, run.id)
        .where(sql`${run.state} = 'queued'`),
      index('runs_running').on(run.claimId, run.id).where(sql`${run.state} = 'running'`),
      index('runs_finished').on(run.finishedAt, run.id).where(sql`${run.finishedAt} IS NOT NULL`),
      // A folder's name ends with its run's id; without one it is looked for among what is put away.
      index('runs_folder').on(run.folderName).where(NOT_ACTIVE),
      index('runs_archived').on(run.archivedAt).where(sql`${run.archivedAt} IS NOT NULL`),
      // In the order that retention walks: what has ended and is not put away.
      index('runs_to_put_away').on(run.finishedAt, run.id).where(ACTIVE_ENDED),
      index('runs_storage_leased')
        .on(run.storageLeaseExpiresAt)
        .where(sql`${run.storageLeaseExpiresAt} IS NOT NULL`),
      // What was deleted softly, until its grace is over.
      index('runs_in_grace').on(run.purgeAfter, run.id).where(IN_GRACE),
      index('runs_deleted').on(run.deletedAt).where(sql`${run.deletedAt} IS NOT NULL`),
    ]
  },
)

/** A registered kind, with a number for the faces that speak in numbers. */
export const scripts = pgTable(
  'scripts',
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    projectId: text(),
    name: text().notNull(),
    label: text(),
    options: jsonb().notNull().default({}),
    staleAfterSeconds: integer(),
    createdAt: time().notNull().defaultNow(),
  },
  (script) => [uniqueIndex('scripts_name').on(sql`coalesce(${script.projectId}, '')`, script.name)],
)

/** What happened to a run; written in the transaction of its move. No foreign key: it would lock the run's row. */
export const runEvents = pgTable(
  'run_events',
  {
    id: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    runId: idText().notNull(),
    type: text().notNull(),
    actor: text().notNull(),
    at: time().notNull().defaultNow(),
    data: jsonb().notNull().default({}),
  },
  // One index: they are read by run, and each move writes one.
  (event) => [primaryKey({ columns: [event.runId, event.id] })],
)

/**
 * The pieces of logs that no log object covers yet; a row a piece of which anything is kept. They are written once and removed.
 * No foreign key: it would lock the run's row.
 */
export const logChunks = pgTable(
  'log_chunks',
  {
    runId: idText().notNull(),
    fence: integer().notNull(),
    offset: bytes().notNull(),
    sentBytes: integer().notNull(),
    sentSha256: text().notNull(),
    position: bytes().notNull(),
    bytes: integer().notNull(),
    sha256: text().notNull(),
    objectKey: text().notNull(),
    endsInKey: boolean().notNull(),
  },
  (chunk) => [
    primaryKey({ columns: [chunk.runId, chunk.fence, chunk.offset] }),
    uniqueIndex('log_chunks_position').on(chunk.runId, chunk.position),
  ],
)

/** The files of runs, from when their upload is agreed on. No foreign key: it would lock the run's row. */
export const outputs = pgTable(
  'outputs',
  {
    runId: idText().notNull(),
    // In the order of its bytes, as an id.
    path: idText().notNull(),
    fence: integer().notNull(),
    bytes: bytes().notNull(),
    sha256: text(),
    contentType: text().notNull(),
    objectKey: text().notNull(),
    uploadId: text(),
    etag: text(),
    createdAt: time().notNull().defaultNow(),
    committedAt: time(),
  },
  (output) => [
    primaryKey({ columns: [output.runId, output.path, output.fence] }),
    index('outputs_reserved').on(output.createdAt).where(sql`${output.committedAt} IS NULL`),
    // Who has an object, whatever its key says.
    index('outputs_object').using('hash', output.objectKey),
  ],
)

/** Runs that reached or left a final state since the last roll-up, to be added to `run_stats_hourly` and removed here. */
export const runStatsPending = pgTable('run_stats_pending', {
  hour: time().notNull(),
  projectId: text().notNull(),
  kind: text().notNull(),
  state: text().notNull(),
  bucket: smallint().notNull(),
  count: integer().notNull(),
  durationMs: bytes().notNull(),
  logBytes: bytes().notNull(),
  outputBytes: bytes().notNull(),
  /** How long it waited in the queue before its last start; null: it did not, or that has been counted. */
  waitBucket: smallint(),
  waitMs: bytes(),
})

/** Ended runs by hour, project ('' is the system), kind, state and bucket of duration. Outlives the runs. */
export const runStatsHourly = pgTable(
  'run_stats_hourly',
  {
    hour: time().notNull(),
    projectId: text().notNull(),
    kind: text().notNull(),
    state: text().notNull(),
    bucket: smallint().notNull(),
    count: bytes().notNull(),
    durationMs: bytes().notNull(),
    logBytes: bytes().notNull(),
    outputBytes: bytes().notNull(),
  },
  (row) => [primaryKey({ columns: [row.hour, row.projectId, row.kind, row.state, row.bucket] })],
)

/** Ended runs by day, project and kind: a month of many scripts is some ten thousand rows here, and as many as runs by the hour. */
export const runStatsDaily = pgTable(
  'run_stats_daily',
  {
    day: time().notNull(),
    projectId: text().notNull(),
    kind: text().notNull(),
    count: bytes().notNull(),
  },
  (row) => [primaryKey({ columns: [row.day, row.projectId, row.kind] })],
)

/**
 * Ended runs since ever, by kind, state and bucket of duration. `ends` and `endsMs` only grow: a run that is retried by hand ends
 * twice. The others are as in `run_stats_hourly`.
 */
export const runStatsTotal = pgTable(
  'run_stats_total',
  {
    kind: text().notNull(),
    state: text().notNull(),
    bucket: smallint().notNull(),
    ends: bytes().notNull(),
    endsMs: bytes().notNull(),
    count: bytes().notNull(),
    logBytes: bytes().notNull(),
    outputBytes: bytes().notNull(),
  },
  (row) => [primaryKey({ columns: [row.kind, row.state, row.bucket] })],
)

/** How long ended runs had waited in the queue, since ever, by kind and bucket. Only grows. */
export const runStatsWaits = pgTable(
  'run_stats_waits',
  {
    kind: text().notNull(),
    bucket: smallint().notNull(),
    count: bytes().notNull(),
    waitMs: bytes().notNull(),
  },
  (row) => [primaryKey({ columns: [row.kind, row.bucket] })],
)

/** Keys of the API; of the secret only its hash. */
export const apiKeys = pgTable('api_keys', {
  id: idText().primaryKey(),
  secretHash: text().notNull(),
  name: text().notNull(),
  owner: text().notNull(),
  scopes: jsonb().notNull(),
  projectId: text(),
  createdBy: text().notNull(),
  createdAt: time().notNull().defaultNow(),
  expiresAt: time(),
  lastUsedAt: time(),
  revokedAt: time(),
})

/** Sessions of the dashboard that somebody signed out of, until they would have been over. */
export const endedSessions = pgTable('ended_sessions', {
  id: text().primaryKey(),
  endsAt: time().notNull(),
})

/** Requests counted in the present minute, by bucket. */
export const rateLimits = pgTable('rate_limits', {
  bucket: text().primaryKey(),
  windowStart: time().notNull(),
  used: integer().notNull(),
})

/** When a thing that must run at most every so often ran last. */
export const maintenance = pgTable('maintenance', {
  name: text().primaryKey(),
  lastRunAt: time().notNull(),
})
