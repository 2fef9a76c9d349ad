import type { Verbs } from '../client/verbs.ts'
import type { Context } from '../ports/context.ts'

const cronJobs = () => import('../ledger/cron/cron-jobs.ts')
const cronChanges = () => import('../ledger/cron/update-cron-job.ts')
const cronExecutions = () => import('../ledger/cron/cron-executions.ts')
const keys = () => import('../ledger/keys/keys.ts')
const completions = () => import('../ledger/runs/complete-runs.ts')
const enqueue = () => import('../ledger/runs/enqueue-run.ts')
const heartbeats = () => import('../ledger/runs/heartbeat-runs.ts')
const holds = () => import('../ledger/retention/hold-run.ts')
const gets = () => import('../ledger/runs/get-run.ts')
const SOON_MS = 100

/** The ledger's own verbs, on this machine's database. Each is loaded when it is first called. */
export function localVerbs(ctx: Context): Verbs {
  const lazily =
    <Rest extends unknown[], Answer>(
      load: () => Promise<(ctx: Context, ...rest: Rest) => Promise<Answer>>,
    ): ((...rest: Rest) => Promise<Answer>) =>
    async (...rest) =>
      (await load())(ctx, ...rest)
  return {
    enqueueRun: lazily(async () => (await enqueue()).enqueueRun),
    enqueueRuns: lazily(async () => (await enqueue()).enqueueRuns),
    startRun: lazily(async () => {
      loadTheRestSoon()
      return (await import('../ledger/runs/start-run.ts')).startRun
    }),
    claimRuns: lazily(async () => {
      loadTheRestSoon()
      return (await import('../ledger/runs/claim-runs.ts')).claimRuns
    }),
    heartbeatRun: lazily(async () => (await heartbeats()).heartbeatRun),
    heartbeatRuns: lazily(async () => (await heartbeats()).heartbeatRuns),
    succeedRun: lazily(async () => (await completions()).succeedRun),
    failRun: lazily(async () => (await completions()).failRun),
    completeRuns: lazily(async () => (await completions()).completeRuns),
    cancelRun: lazily(async () => (await import('../ledger/runs/cancel-run.ts')).cancelRun),
    retryRun: lazily(async () => (await import('../ledger/runs/retry-run.ts')).retryRun),
    getRun: lazily(async () => (await gets()).getRun),
    listRuns: lazily(async () => (await import('../ledger/runs/list-runs.ts')).listRuns),
    listRunEvents: lazily(async () => (await import('../ledger/runs/list-run-events.ts')).listRunEvents),
    followRun: lazily(async () => (await import('../ledger/runs/follow-run.ts')).followRun),
    runStats: lazily(async () => (await import('../ledger/runs/run-stats.ts')).runStats),
    appendLog: lazily(async () => (await import('../ledger/logs/append-log.ts')).appendLog),
    readLog: lazily(async () => (await import('../ledger/logs/read-log.ts')).readLog),
    async searchLog(input) {
      const { searchLog } = await import('../ledger/logs/search-log.ts')
      return searchLog(ctx, input)
    },
    async followLog(input, signal) {
      const [{ followLog }, { followWholeLog }, { getRun }] = await Promise.all([
        import('../ledger/logs/follow-log.ts'),
        import('../client/follow-log.ts'),
        gets(),
      ])
      const source = {
        getRun: (asked: { id: string }) => getRun(ctx, asked),
        followOnce: (asked: typeof input, until: AbortSignal) => followLog(ctx, asked, until),
      }
      return followWholeLog(source, input, signal)
    },
    listOutputs: lazily(async () => (await import('../ledger/outputs/list-outputs.ts')).listOutputs),
    async uploadOutput(input, open, options) {
      const { uploadLocal } = await import('./local-files.ts')
      return uploadLocal(ctx, input, open, options)
    },
    async downloadOutput(output, options) {
      const { downloadLocal } = await import('./local-files.ts')
      return downloadLocal(ctx, output, options)
    },
    createCronJob: lazily(async () => (await import('../ledger/cron/create-cron-job.ts')).createCronJob),
    getCronJob: lazily(async () => (await cronJobs()).getCronJob),
    listCronJobs: lazily(async () => (await cronJobs()).listCronJobs),
    deleteCronJob: lazily(async () => (await import('../ledger/cron/delete-cron-job.ts')).deleteCronJob),
    enableCronJob: async ({ job }) => (await cronChanges()).setCronJobEnabled(ctx, { job, isEnabled: true }),
    disableCronJob: async ({ job }) =>
      (await cronChanges()).setCronJobEnabled(ctx, { job, isEnabled: false }),
    triggerCronJob: lazily(async () => (await import('../ledger/cron/trigger-cron-job.ts')).triggerCronJob),
    validateSchedule: lazily(
      async () => (await import('../ledger/cron/validate-schedule.ts')).validateSchedule,
    ),
    listCronExecutions: lazily(async () => (await cronExecutions()).listCronExecutions),
    getCronExecution: lazily(async () => (await cronExecutions()).getCronExecution),
    getCronSettings: lazily(async () => (await import('../ledger/cron/cron-settings.ts')).getCronSettings),
    planRetention: lazily(async () => (await import('../ledger/retention/plan-retention.ts')).planRetention),
    explainRetention: lazily(
      async () => (await import('../ledger/retention/explain-retention.ts')).explainRetention,
    ),
    holdRun: lazily(async () => (await holds()).holdRun),
    releaseRun: lazily(async () => (await holds()).releaseRun),
    retainRun: lazily(async () => (await import('../ledger/retention/retain-run.ts')).retainRun),
    async archiveRun(input, time) {
      const { archiveRun } = await import('../ledger/archives/archive-run.ts')
      // No function's time is over here: a slow compression may take as long as it takes.
      return archiveRun(ctx, input, { ...time, isUnlimited: true })
    },
    async restoreRun(input, time) {
      const { restoreRun } = await import('../ledger/archives/restore-run.ts')
      return restoreRun(ctx, input, time)
    },
    async downloadArchive(archive, options) {
      const { downloadArchiveLocal } = await import('./local-files.ts')
      return downloadArchiveLocal(ctx, archive, options)
    },
    deleteRun: lazily(async () => (await import('../ledger/deletion/delete-run.ts')).deleteRun),
    startSweep: lazily(async () => (await import('../ledger/retention/sweeps.ts')).startSweep),
    listSweeps: lazily(async () => (await import('../ledger/retention/sweeps.ts')).listSweeps),
    approveSweep: lazily(async () => (await import('../ledger/retention/approve-sweep.ts')).approveSweep),
    migrateFolders: lazily(
      async () => (await import('../ledger/deletion/migrate-folders.ts')).migrateFolders,
    ),
    listAlerts: lazily(async () => (await import('../ledger/alerts/list-alerts.ts')).listAlerts),
    backupLedger: lazily(async () => (await import('../ledger/backups/backup-ledger.ts')).backupLedger),
    listBackups: lazily(async () => (await import('../ledger/backups/list-backups.ts')).listBackups),
    restoreBackup: lazily(async () => (await import('../ledger/backups/restore-backup.ts')).restoreBackup),
    createKey: lazily(async () => (await keys()).createKey),
    listKeys: lazily(async () => (await keys()).listKeys),
    rotateKey: lazily(async () => (await keys()).rotateKey),
    revokeKey: lazily(async () => (await keys()).revokeKey),
  }
}

/**
 * Whoever takes a run will tell its end, hours later maybe, when another version of these files has come in their place.
 * A run that is through sooner loads what it needs itself, without the wait.
 */
function loadTheRestSoon(): void {
  const load = () => void Promise.all([heartbeats(), completions(), gets()]).catch(() => {})
  setTimeout(load, SOON_MS).unref()
}
