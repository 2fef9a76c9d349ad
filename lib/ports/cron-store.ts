import type { CronExecution, EndedStatus, ExecutionStatus, TriggeredBy } from '../run/cron-execution.ts'
import type { CronAction, CronJob, CronJobChanged, OverlapPolicy } from '../run/cron-job.ts'
import type { CronSettings } from '../run/cron-settings.ts'
import type { Position } from '../run/cursor.ts'
import type { Planned } from '../run/plan-occurrences.ts'
import type { ErrorCodeOfRun } from '../run/run.ts'
import type { FinalState } from '../run/transitions.ts'
import type { AuditEntry } from './audit-store.ts'
import type { NewRun } from './run-store.ts'

/**
 * Where cron jobs and their executions are kept. Every method is atomic. Each instant that decides something is given (`at`), and
 * is the store's own: from `now` or `look`.
 */
export interface CronStore {
  /** The store's clock. */
  now(): Promise<string>
  /** What there is to do now, or at an instant: the cheap question of every tick. */
  look(at?: string): Promise<CronOutlook>
  /** How many enabled jobs are due at an instant, and since when the longest of them; null where none is. */
  overdue(at: string): Promise<OverdueJobs | null>

  /** Null where the name is taken. A row of the audit that is given is added with it, here as below. */
  insertJob(job: NewCronJob, at: string, audit?: AuditEntry): Promise<CronJob | null>
  /** By id or by name. */
  getJob(idOrName: string): Promise<CronJob | null>
  /** By name, `limit` at most. */
  listJobs(filter: JobFilter): Promise<CronJob[]>
  /**
   * Null where it is not as it was seen, or there is none: neither changed by a person, nor fired since. With a change that is
   * noted: of those the last are kept.
   */
  updateJob(
    seen: SeenJob,
    patch: CronJobPatch,
    at: string,
    noted?: { change?: Omit<CronJobChanged, 'at'> | undefined; audit?: AuditEntry | undefined },
  ): Promise<CronJob | null>
  /** What was noted of a job, newest first. */
  changesOf(id: string): Promise<CronJobChanged[]>
  /** Forgets so many executions of a job, what is open first; how many there were. */
  deleteExecutionsOf(id: string, limit: number): Promise<number>
  /** With all its executions, of which there must be few. False where there was none. */
  deleteJob(id: string): Promise<boolean>
  /** How many there are, and how they stand. */
  countJobs(): Promise<CronJobCounts>

  /**
   * Enabled jobs whose next time has come, the longest due first; one with more than a firing records has its next turn behind those
   * that were due before that. With `action`, those alone that do such a thing.
   */
  due(at: string, limit: number, action?: CronAction['type']): Promise<CronJob[]>
  /**
   * Records occurrences of a job and moves its `nextRunAt` on, with the runs of those that may begin, in one transaction. One
   * that is recorded already is left as it is. Null where the job is not as it was seen: somebody else has fired it.
   */
  fire(firing: Firing): Promise<CronExecution[] | null>
  /**
   * Adds an execution by hand, which waits for those that are at work, and begins it where it is a run and nothing is in its
   * way. Null where there is no such job, or it is being deleted. The row of the audit is added with what is not skipped.
   */
  trigger(trigger: Trigger, audit?: AuditEntry): Promise<CronExecution | null>

  /**
   * Takes queued executions whose time has come, each with a lease of its job's timeout and `graceMs`. No two callers get the
   * same one, and none gets one of a job that is at work already, unless the job allows that. The longest due first, and of each
   * job one before the second of any other.
   */
  claim(claim: ClaimExecutions): Promise<ClaimedExecution[]>
  /** Makes a claimed execution wait for a run that is enqueued for it. False where it is not held any more. */
  attachRun(held: HeldExecution, run: NewRun): Promise<boolean>
  /**
   * How an execution ended, where it is still held; what that says of its job; and the next attempt, where it failed, may be
   * tried again and its job has retries left. A retry that is canceled leaves the failure before it as the last word. Null where it
   * is not held any more.
   */
  complete(completion: Completion): Promise<CronExecution | null>
  /**
   * Running executions whose lease has run out, and that had begun: not those of `requeueExpired`, but where that did not help.
   */
  expired(at: string, limit: number): Promise<ExpiredExecution[]>
  /** Queues again what was to enqueue a run and has none when its lease has run out: nothing of it had begun. How many there were. */
  requeueExpired(at: string, limit: number): Promise<number>
  /** Running executions whose run has ended, or is gone. */
  ended(limit: number): Promise<EndedRun[]>
  /** Cancels an execution that waits; a retry as `complete` does. Null where it does not wait. */
  cancelQueued(id: string, at: string, reason: string, audit?: AuditEntry): Promise<CronExecution | null>

  getExecution(id: string): Promise<CronExecution | null>
  /** Newest first by when they were made, never more than `limit`. */
  listExecutions(filter: ExecutionFilter): Promise<CronExecution[]>
  /** Of these jobs, what was made since the beginning of that day (UTC); in the order asked. Costs the same with many executions. */
  statistics(jobIds: string[], since: string): Promise<JobStatistics[]>
  /** What became of the last occurrences of these jobs and of what was asked for by hand, the newest first: `limit` of each job at most. */
  recentOccurrences(jobIds: string[], limit: number): Promise<RecentOccurrence[]>
  /** How long the last executions that were completed took, so many of each job at most; nothing of a job that has none. */
  typicalDurations(jobIds: string[], limit: number): Promise<TypicalDuration[]>
  /** The last executions of a job that ended by themselves or by its timeout, the newest first. */
  trend(jobId: string, limit: number): Promise<TrendPoint[]>
  /** How many executions were made since, by status; costs at most what one day of them does. */
  countExecutions(since: string): Promise<Partial<Record<ExecutionStatus, number>>>
  /** Forgets executions that were over before this instant, but for the last one of each job and the last that ran, and their counts. */
  deleteExecutions(before: string, limit: number): Promise<number>

  /** Executions whose end nobody has been told of yet, the first end first. */
  untold(limit: number): Promise<Untold[]>
  told(ids: string[]): Promise<void>

  settings(): Promise<StoredSetting[]>
  /** Sets what is given. */
  putSettings(
    values: { [name in keyof CronSettings]?: CronSettings[name] | undefined },
    by: string,
    audit?: AuditEntry,
  ): Promise<void>
}

export interface CronOutlook {
  at: string
  /** Leases have run out. */
  expired: boolean
  /** Runs have ended that executions wait for. */
  ended: boolean
  /** Jobs are due. */
  due: boolean
  /** Executions are queued that may begin. */
  waiting: boolean
  /** How many are queued behind others of their job. */
  behind: number
  /** The end of an execution is to be told. */
  untold: boolean
  /** When the next queued execution's time comes. */
  nextRetryAt: string | null
  /** When the next job is due. */
  nextRunAt: string | null
}

export interface JobFilter {
  isEnabled?: boolean | undefined
  /** Whether something is wrong: its last occurrence failed, or it does not run although it is enabled. */
  isFailing?: boolean | undefined
  /** The program's own, or those that people made. */
  origin?: 'program' | 'people' | undefined
  /** Stands in the name or the description, whatever the case of a to z. */
  contains?: string | undefined
  /** The name a page ended at. */
  after?: string | undefined
  limit: number
}

export interface OverdueJobs {
  jobs: number
  /** The time of the oldest occurrence that is not recorded yet. */
  since: string
}

export type NewCronJob = Omit<
  CronJob,
  'failuresInRow' | 'changes' | 'createdAt' | 'updatedAt' | 'lastModifiedBy'
>

/** What a job was when it was read. */
export type SeenJob = Pick<CronJob, 'id' | 'updatedAt' | 'nextRunAt'>

type Unchanging = 'id' | 'failuresInRow' | 'createdAt' | 'updatedAt' | 'createdBy'
/** Columns to set. What is undefined stays. */
export type CronJobPatch = { [name in Exclude<keyof CronJob, Unchanging>]?: CronJob[name] | undefined }

export interface CronJobCounts {
  total: number
  enabled: number
  withProblem: number
  failing: number
}

export interface NewOccurrence {
  id: string
  /** Null: by hand. */
  scheduledFor: string | null
  status: Planned['status']
  reason: string | null
  lateMs: number | null
  /** What an `enqueue` action adds, where nothing is in its way. */
  run?: NewRun | undefined
}

export interface Firing {
  seen: SeenJob
  at: string
  nextRunAt: string | null
  /** Set where there is no next time, and why. */
  problem?: string | undefined
  overlapPolicy: OverlapPolicy
  occurrences: NewOccurrence[]
  requestId: string
  /** Whether those that were missed are to be told of: not before the last of them is known. */
  tellsMissed: boolean
}

export interface Trigger {
  id: string
  jobId: string
  at: string
  overlapPolicy: OverlapPolicy
  triggeredBy: TriggeredBy
  triggeredByUserId: string
  requestId: string
  run?: NewRun | undefined
}

export interface ClaimExecutions {
  at: string
  limit: number
  graceMs: number
  requestId: string
  /** Only those that may be expected to be through in this time, by the last ones of their job; undefined: any. */
  fitsMs?: number | undefined
  /** Only those of jobs that do such a thing. */
  action?: CronAction['type'] | undefined
}

/** Who holds it may say how it ended. */
export type HeldExecution = Pick<CronExecution, 'id' | 'fence'>

export type ExpiredExecution = Pick<CronExecution, 'id' | 'fence' | 'retryCount'>

export interface ClaimedExecution {
  execution: CronExecution
  job: CronJob
}

export interface Completion extends HeldExecution {
  status: EndedStatus
  /** When this is said; a retry waits from here on. */
  at: string
  /** When it ended. */
  completedAt: string
  reason?: string | null
  exitCode?: number | null
  output?: string | null
  errorMessage?: string | null
  stackTrace?: string | null
  metrics?: Record<string, unknown> | null
  memoryUsageMb?: number | null
  cpuUsagePercent?: number | null
  /** Said because its lease has run out: where that is so no more, it is not held. */
  isExpired?: boolean
  /** The id of the next attempt, and how long it waits; null where none would help. */
  retry: { id: string; delayMs: number } | null
}

export interface EndedRun extends HeldExecution {
  startedAt: string
  retryCount: number
  /** Null: there is no such run any more. */
  run: {
    state: FinalState
    error: string | null
    errorCode: ErrorCodeOfRun | null
    outputRef: string | null
    exitCode: number | null
    memoryPeakBytes: number | null
    cpuSeconds: number | null
    startedAt: string | null
    finishedAt: string
  } | null
}

export interface ExecutionFilter {
  jobId?: string | undefined
  status?: ExecutionStatus[] | undefined
  triggeredBy?: TriggeredBy | undefined
  since?: string | undefined
  before?: string | undefined
  /** The execution a page ended at. */
  after?: Position | undefined
  limit: number
}

export interface JobStatistics {
  jobId: string
  /** The newest, whatever became of it. */
  last: CronExecution | null
  /** The newest that began. */
  lastRun: CronExecution | null
  byStatus: Partial<Record<ExecutionStatus, number>>
  averageDurationMs: number | null
}

/** An occurrence as its last attempt left it. */
export type RecentOccurrence = Pick<
  CronExecution,
  | 'id'
  | 'cronJobId'
  | 'status'
  | 'reason'
  | 'scheduledFor'
  | 'retryCount'
  | 'triggeredByUserId'
  | 'durationMs'
  | 'createdAt'
>

export interface TypicalDuration {
  jobId: string
  medianDurationMs: number
  p95DurationMs: number
}

export type TrendPoint = Pick<
  CronExecution,
  'id' | 'status' | 'startedAt' | 'durationMs' | 'memoryUsageMb' | 'createdAt'
>

/** What the outside is told of an execution. */
export const CRON_EVENTS = [
  'cron.succeeded',
  'cron.recovered',
  'cron.failed',
  'cron.timeout',
  'cron.missed',
] as const
export type CronEvent = (typeof CRON_EVENTS)[number]

export interface Untold {
  event: CronEvent
  execution: CronExecution
  job: CronJob
}

export interface StoredSetting {
  key: string
  value: unknown
  updatedAt: string
  updatedBy: string
}
