import type { listAlerts } from '../ledger/alerts/list-alerts.ts'
import type { archiveRun } from '../ledger/archives/archive-run.ts'
import type { restoreRun } from '../ledger/archives/restore-run.ts'
import type { backupLedger } from '../ledger/backups/backup-ledger.ts'
import type { listBackups } from '../ledger/backups/list-backups.ts'
import type { restoreBackup } from '../ledger/backups/restore-backup.ts'
import type { createCronJob } from '../ledger/cron/create-cron-job.ts'
import type { getCronExecution, listCronExecutions } from '../ledger/cron/cron-executions.ts'
import type { getCronJob, listCronJobs } from '../ledger/cron/cron-jobs.ts'
import type { getCronSettings } from '../ledger/cron/cron-settings.ts'
import type { deleteCronJob } from '../ledger/cron/delete-cron-job.ts'
import type { CronJobRef } from '../ledger/cron/job-input.ts'
import type { triggerCronJob } from '../ledger/cron/trigger-cron-job.ts'
import type { validateSchedule } from '../ledger/cron/validate-schedule.ts'
import type { deleteRun } from '../ledger/deletion/delete-run.ts'
import type { migrateFolders } from '../ledger/deletion/migrate-folders.ts'
import type * as keys from '../ledger/keys/keys.ts'
import type { appendLog } from '../ledger/logs/append-log.ts'
import type { followLog } from '../ledger/logs/follow-log.ts'
import type { readLog } from '../ledger/logs/read-log.ts'
import type { LogMatches, SearchLog } from '../ledger/logs/search-log.ts'
import type { listOutputs } from '../ledger/outputs/list-outputs.ts'
import type { approveSweep } from '../ledger/retention/approve-sweep.ts'
import type { explainRetention } from '../ledger/retention/explain-retention.ts'
import type { holdRun, releaseRun } from '../ledger/retention/hold-run.ts'
import type { PlanRetention } from '../ledger/retention/plan-retention.ts'
import type { retainRun } from '../ledger/retention/retain-run.ts'
import type { listSweeps, startSweep } from '../ledger/retention/sweeps.ts'
import type { cancelRun } from '../ledger/runs/cancel-run.ts'
import type { claimRuns } from '../ledger/runs/claim-runs.ts'
import type * as complete from '../ledger/runs/complete-runs.ts'
import type { FailRun, SucceedRun } from '../ledger/runs/completion.ts'
import type * as enqueue from '../ledger/runs/enqueue-run.ts'
import type { followRun } from '../ledger/runs/follow-run.ts'
import type { getRun } from '../ledger/runs/get-run.ts'
import type * as heartbeat from '../ledger/runs/heartbeat-runs.ts'
import type { listRunEvents } from '../ledger/runs/list-run-events.ts'
import type { listRuns } from '../ledger/runs/list-runs.ts'
import type { retryRun } from '../ledger/runs/retry-run.ts'
import type { runStats } from '../ledger/runs/run-stats.ts'
import type { startRun } from '../ledger/runs/start-run.ts'
import type { Context } from '../ports/context.ts'
import type { CronJob } from '../run/cron-job.ts'
import type { LedgerError } from '../run/errors.ts'
import type { RetentionPlan } from '../run/retention-plan.ts'
import type { Run } from '../run/run.ts'
import type { RunBrief } from '../run/run-brief.ts'
import type { RunOutput } from '../run/run-output.ts'
import type { DownloadArchive, DownloadOutput, OpenPart, TransferOptions, UploadOutput } from './transfer.ts'

type Bound<F> = F extends (ctx: Context, ...rest: infer Rest) => infer Answer
  ? (...rest: Rest) => Answer
  : never

/** A server leaves the texts of the runs out of what it answers to batches and completions. */
type Brief<T extends { run: Run }> = Omit<T, 'run'> & { run: RunBrief }
type Briefly<T extends { run: Run }> = Promise<(Brief<T> | LedgerError)[]>

/** How long somebody works on the files of a run; a server takes 10 s at most, whatever is said. */
export interface StorageTime {
  /** Default: as long as it takes. What is left is gone on with when it is called again, or by a server's tick. */
  budgetMs?: number
  signal?: AbortSignal
}

/** The verbs as commands and workers know them. Local or remote, they cannot tell. */
export interface Verbs {
  enqueueRun: Bound<typeof enqueue.enqueueRun>
  enqueueRuns(...input: Parameters<Bound<typeof enqueue.enqueueRuns>>): Briefly<enqueue.Enqueued>
  startRun: Bound<typeof startRun>
  claimRuns: Bound<typeof claimRuns>
  heartbeatRun: Bound<typeof heartbeat.heartbeatRun>
  heartbeatRuns: Bound<typeof heartbeat.heartbeatRuns>
  succeedRun(input: SucceedRun): Promise<Brief<complete.Completed>>
  failRun(input: FailRun): Promise<Brief<complete.Completed>>
  completeRuns(...input: Parameters<Bound<typeof complete.completeRuns>>): Briefly<complete.Completed>
  cancelRun: Bound<typeof cancelRun>
  retryRun: Bound<typeof retryRun>
  getRun: Bound<typeof getRun>
  listRuns: Bound<typeof listRuns>
  listRunEvents: Bound<typeof listRunEvents>
  /** What happens to a run from now (or from an event) on; null when it has ended and all was told. */
  followRun: Bound<typeof followRun>
  runStats: Bound<typeof runStats>
  appendLog: Bound<typeof appendLog>
  readLog: Bound<typeof readLog>
  /** A part of it at a time: `nextFrom` goes on. */
  searchLog(input: SearchLog): Promise<LogMatches>
  /** The log as it grows, to the end of the run, however long that takes. */
  followLog: Bound<typeof followLog>
  listOutputs: Bound<typeof listOutputs>
  /**
   * Sends a file in the name of whoever holds the run, in constant memory, and records it: whole or not at all. Called again,
   * also after an interruption, it does what is left to do. Throws `invalid` for a file that changes meanwhile; `conflict`
   * where this attempt has another by that name; `lease_lost`.
   */
  uploadOutput(input: UploadOutput, open: OpenPart, options?: TransferOptions): Promise<RunOutput>
  /**
   * A file as `listOutputs` gives it, streamed, no faster than it is read. Bytes that are not as recorded throw `unavailable`, at
   * the latest after the last of them.
   */
  downloadOutput(output: DownloadOutput, options?: TransferOptions): Promise<AsyncIterable<Uint8Array>>
  createCronJob: Bound<typeof createCronJob>
  getCronJob: Bound<typeof getCronJob>
  listCronJobs: Bound<typeof listCronJobs>
  deleteCronJob: Bound<typeof deleteCronJob>
  enableCronJob(input: CronJobRef): Promise<CronJob>
  disableCronJob(input: CronJobRef): Promise<CronJob>
  triggerCronJob(input: CronJobRef): ReturnType<Bound<typeof triggerCronJob>>
  /** What a schedule means; it needs no job. */
  validateSchedule: Bound<typeof validateSchedule>
  listCronExecutions: Bound<typeof listCronExecutions>
  getCronExecution: Bound<typeof getCronExecution>
  /** What all cron jobs have in common. */
  getCronSettings: Bound<typeof getCronSettings>
  listAlerts: Bound<typeof listAlerts>
  /** What policies come to, or the part of it that there was time for: `nextCursor` goes on. */
  planRetention(input: PlanRetention): Promise<RetentionPlan>
  explainRetention: Bound<typeof explainRetention>
  holdRun: Bound<typeof holdRun>
  releaseRun: Bound<typeof releaseRun>
  retainRun: Bound<typeof retainRun>
  /** The run is `archiving` in the answer where time ran out. */
  archiveRun(input: Parameters<Bound<typeof archiveRun>>[0], time?: StorageTime): Promise<Run>
  /** The run is `restoring` in the answer where time ran out. */
  restoreRun(input: Parameters<Bound<typeof restoreRun>>[0], time?: StorageTime): Promise<Run>
  /**
   * The archive of a run, streamed, no faster than it is read. Throws `not_found` where it has none; bytes that are not as the run
   * says throw `unavailable`, at the latest after the last of them.
   */
  downloadArchive(archive: DownloadArchive, options?: TransferOptions): Promise<AsyncIterable<Uint8Array>>
  /** A server gives it no more time than a function has. */
  backupLedger: Bound<typeof backupLedger>
  listBackups: Bound<typeof listBackups>
  /** In a database that one is next to: a server refuses. */
  restoreBackup: Bound<typeof restoreBackup>
  deleteRun: Bound<typeof deleteRun>
  /** Makes a sweep to its end. */
  startSweep: Bound<typeof startSweep>
  listSweeps: Bound<typeof listSweeps>
  approveSweep: Bound<typeof approveSweep>
  migrateFolders: Bound<typeof migrateFolders>
  createKey: Bound<typeof keys.createKey>
  listKeys: Bound<typeof keys.listKeys>
  rotateKey: Bound<typeof keys.rotateKey>
  revokeKey: Bound<typeof keys.revokeKey>
}

/** Verbs, and how to let go of what is under them. */
export interface OpenVerbs {
  verbs: Verbs
  /** Where they act, in words: a path or a URL. */
  place: string
  close(): Promise<void>
}
