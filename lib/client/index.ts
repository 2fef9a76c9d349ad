import type { CompleteRun } from '../ledger/runs/completion.ts'
import type { EnqueueItem } from '../ledger/runs/enqueue-run.ts'
import type { HeartbeatRun } from '../ledger/runs/heartbeat-runs.ts'
import { remoteVerbs } from './remote-verbs.ts'
import type { Verbs } from './verbs.ts'

export type { CreateCronJob } from '../ledger/cron/create-cron-job.ts'
export type { ShownCronJob } from '../ledger/cron/cron-jobs.ts'
export type { Claimed, ClaimRuns } from '../ledger/runs/claim-runs.ts'
export type { CompleteRun, FailRun, SucceedRun } from '../ledger/runs/completion.ts'
export type { Enqueued, EnqueueItem } from '../ledger/runs/enqueue-run.ts'
export type { Heartbeat, HeartbeatRun } from '../ledger/runs/heartbeat-runs.ts'
export type { ListRuns } from '../ledger/runs/list-runs.ts'
export type { StartRun } from '../ledger/runs/start-run.ts'
export type { CronExecution } from '../run/cron-execution.ts'
export type { CronJob } from '../run/cron-job.ts'
export { ERROR_CODES, type ErrorCode, isLedgerError, LedgerError } from '../run/errors.ts'
export type { RunEvent } from '../run/event.ts'
export type { Run } from '../run/run.ts'
export type { RunBrief } from '../run/run-brief.ts'
export type { RunOutput } from '../run/run-output.ts'
export type { RunStats } from '../run/stats.ts'
export type { DownloadArchive, DownloadOutput, OpenPart, TransferOptions, UploadOutput } from './transfer.ts'

export interface ClientOptions {
  /** Where the server is, such as `https://runs.example.com`. */
  url: string
  /** A key of it, `rl_…`. */
  apiKey: string
  /** How long one request may take; a claim may wait for work besides. Default: 15 s. */
  timeoutMs?: number
  /** How often a request is tried again where that is safe. Default: 3. */
  retries?: number
  /** Ends every request in work when it aborts. */
  signal?: AbortSignal
  /** Default: the runtime's own. */
  fetch?: typeof fetch
}

/** The operations of `/v1` by their own names, with the ledger's own types. Each throws `LedgerError`. */
export interface Client
  extends Omit<Verbs, 'enqueueRuns' | 'heartbeatRuns' | 'completeRuns' | 'runStats' | 'followRun'> {
  /** Up to 1,000 at once; each answer, in order, is the run, without its texts, or the error that kept it out. */
  enqueueRuns(runs: EnqueueItem[]): ReturnType<Verbs['enqueueRuns']>
  /** Up to 500 at once; each answer, in order, is a heartbeat or an error. */
  heartbeatRuns(runs: HeartbeatRun[]): ReturnType<Verbs['heartbeatRuns']>
  /** Up to 500 at once; each answer, in order, is the run, without its texts, or an error. */
  completeRuns(runs: CompleteRun[]): ReturnType<Verbs['completeRuns']>
  getStats: Verbs['runStats']
  /** Where the server is, as it was said. */
  readonly url: string
  /**
   * What happens to a run from now (or from an event) on, over broken connections; ends with the run. Null when it has
   * ended and all was told.
   */
  followRun(input: Parameters<Verbs['followRun']>[0], signal?: AbortSignal): ReturnType<Verbs['followRun']>
}

/**
 * A client of one server. Requests that were refused for their number (429) are tried again after `Retry-After`; those
 * that nobody knows the fate of (503, no answer) only where doing them twice does them once: every read, `startRun`,
 * `cancelRun`, `archiveRun`, `restoreRun`, `holdRun`, `releaseRun`, `retainRun`, heartbeats and completions always; `enqueueRun` and `enqueueRuns` with an `idempotencyKey` (on every run),
 * `claimRuns` with a `claimId`; `retryRun`, `createCronJob`, `deleteCronJob`, `triggerCronJob` and what concerns keys never. Throws
 * `invalid` for a URL or a key that is none.
 */
export function createClient({ apiKey, retries = 3, ...options }: ClientOptions): Client {
  const { runStats, followRun, ...verbs } = remoteVerbs({ ...options, key: apiKey, retries })
  const never = new AbortController().signal
  return {
    ...verbs,
    url: options.url,
    getStats: runStats,
    followRun: (input, signal = never) => followRun(input, signal),
  }
}
