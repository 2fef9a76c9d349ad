import { monotonicFactory } from 'ulid'
import type {
  ClaimedExecution,
  Completion,
  CronStore,
  NewCronJob,
  NewOccurrence,
} from '../../lib/ports/cron-store.ts'
import { CronExecution } from '../../lib/run/cron-execution.ts'
import { CronJob } from '../../lib/run/cron-job.ts'
import { unique } from '../support/make.ts'
import { must } from './harness.ts'

/** Ids in the order in which they are made, as the server's are. */
export const newId = monotonicFactory()

/** The instant at which the tests of cron begin. */
export const NOON = '2026-05-04T12:00:00.000Z'

/** So many minutes after noon. */
export const minute = (minutes: number) => new Date(Date.parse(NOON) + minutes * 60_000).toISOString()

/** A job due at noon, as it could be made now. */
export function newCronJob(overrides: Partial<NewCronJob> = {}): NewCronJob {
  return {
    id: newId(),
    name: unique('job'),
    description: null,
    schedule: '*/5 * * * *',
    timeZone: 'UTC',
    action: { type: 'builtin', name: 'test' },
    projectId: null,
    isEnabled: true,
    problem: null,
    timeoutMs: 120_000,
    maxRetries: 0,
    missedPolicy: 'once',
    overlapPolicy: 'skip',
    definition: null,
    nextRunAt: NOON,
    createdBy: 'test',
    ...overrides,
  }
}

export async function makeJob(cron: CronStore, overrides: Partial<NewCronJob> = {}): Promise<CronJob> {
  return must(await cron.insertJob(newCronJob(overrides), minute(-60)))
}

export function occurrence(overrides: Partial<NewOccurrence> = {}): NewOccurrence {
  return { id: newId(), scheduledFor: NOON, status: 'queued', reason: null, lateMs: 0, ...overrides }
}

/** Fires a job that is due, at its time, with this occurrence, unless others are given. */
export async function fire(
  cron: CronStore,
  job: CronJob,
  { at = must(job.nextRunAt), occurrences = [occurrence({ scheduledFor: job.nextRunAt })], next = 5 } = {},
): Promise<CronExecution[] | null> {
  return await cron.fire({
    seen: job,
    at,
    nextRunAt: new Date(Date.parse(at) + next * 60_000).toISOString(),
    overlapPolicy: job.overlapPolicy,
    occurrences,
    requestId: 'test',
    tellsMissed: true,
  })
}

/** Those of this job that may be claimed then. */
export async function claim(cron: CronStore, at: string, job: CronJob): Promise<ClaimedExecution[]> {
  const claimed = await cron.claim({ at, limit: 100, graceMs: 30_000, requestId: 'test' })
  return claimed.filter((one) => one.job.id === job.id)
}

/** A job with one execution that is held. */
export async function held(cron: CronStore, overrides: Partial<NewCronJob> = {}): Promise<ClaimedExecution> {
  const job = await makeJob(cron, overrides)
  await fire(cron, job)
  return must((await claim(cron, NOON, job))[0])
}

export function completion(
  { execution }: Pick<ClaimedExecution, 'execution'>,
  overrides: Partial<Completion> = {},
): Completion {
  const { id, fence } = execution
  return { id, fence, status: 'completed', at: minute(1), completedAt: minute(1), retry: null, ...overrides }
}

/** A failure that may be tried again. */
export function failure(
  claimed: Pick<ClaimedExecution, 'execution'>,
  overrides: Partial<Completion> = {},
): Completion {
  const retry = { id: newId(), delayMs: 1_000 }
  return completion(claimed, { status: 'failed', errorMessage: 'no luck', retry, ...overrides })
}

/** All of a job's executions, oldest first, each what the model says an execution is. */
export async function executionsOf(
  cron: CronStore,
  job: Pick<CronJob, 'id'>,
  limit = 1_000,
): Promise<CronExecution[]> {
  const found = await cron.listExecutions({ jobId: job.id, limit })
  return found.map((one) => CronExecution.parse(one)).toReversed()
}

/** The job as it is now. */
export async function jobNow(cron: CronStore, { id }: Pick<CronJob, 'id'>): Promise<CronJob> {
  return CronJob.parse(must(await cron.getJob(id)))
}
