import { expect } from 'vitest'
import type { CronExecution } from '../../../../lib/run/cron-execution.ts'
import type { CronJob } from '../../../../lib/run/cron-job.ts'
import { DEFAULT_CRON_SETTINGS } from '../../../../lib/run/cron-settings.ts'
import { must } from '../../../contracts/harness.ts'
import type { Call } from './world.ts'

const MISSED_AFTER_MS = DEFAULT_CRON_SETTINGS.missedAfterSeconds * 1_000
/** Of those that one call finds, with each policy for what was missed. */
const RUN = { once: 1, skip: 1, all: 10 }

/**
 * What became of each occurrence of a job is what the calls allowed: it is recorded by the first of them that lived to its end, if
 * not before; nothing is missed that was called for in time, or skipped with nothing in its way; and what is written of it is so.
 */
export function expectWhy(job: CronJob, executions: CronExecution[], calls: Call[]): void {
  const first = executions.filter(({ retryCount }) => retryCount === 0)
  const times = new Set(calls.map(({ at }) => at))
  const ended = calls.filter(({ isKilled }) => !isKilled).map(({ at }) => at)
  for (const one of first) {
    const { createdAt: at, lateMs } = one
    const due = must(one.scheduledFor)
    expect(times.has(at), 'it was recorded by a call').toBe(true)
    expect(at >= due, 'and not before its time').toBe(true)
    const isCalledFor = ended.some((time) => time >= due && time < at)
    expect(isCalledFor, `${due} of ${job.schedule} was recorded at ${at}, and not by the first call`).toBe(
      false,
    )
    expect(lateMs).toBe(msBetween(due, at))
    expect({ ...factsOf(one), reason: one.reason }).toEqual({ ...factsOf(one), reason: reasonOf(job, one) })
    if (one.status === 'missed') expectNobodyInTime(due, ended)
    if (one.status === 'skipped') expectOpenThen(job, one, executions)
  }
  for (const found of Map.groupBy(first, ({ createdAt }) => createdAt).values())
    expectAsPolicySays(job, found)
}

const msBetween = (from: string, to: string) => Date.parse(to) - Date.parse(from)
const factsOf = ({ id, status, scheduledFor, createdAt }: CronExecution) => ({
  id,
  status,
  scheduledFor,
  createdAt,
})

/** The one reason that may be written for what became of it; of one that is skipped, `expectOpenThen` reads it. */
function reasonOf({ missedPolicy }: CronJob, one: CronExecution): string | null {
  const { status, createdAt: at, lateMs, reason } = one
  if (status === 'skipped') return reason
  const seen = `nothing ticked between its time and ${at}`
  if (status !== 'missed') return must(lateMs) > MISSED_AFTER_MS ? `late: ${seen}` : null
  if (missedPolicy === 'skip') return `${seen}, and the job skips what it misses`
  if (missedPolicy === 'once') return `${seen}; a later one runs in its place`
  return `${seen}; the last 10 of those that were missed run`
}

function expectNobodyInTime(due: string, ended: string[]): void {
  const inTime = ended.filter((time) => time >= due && msBetween(due, time) <= MISSED_AFTER_MS)
  expect(inTime, `${due} is missed`).toEqual([])
}

/** The execution that its reason names is one of its job, and had not ended when it was skipped. */
function expectOpenThen(job: CronJob, one: CronExecution, executions: CronExecution[]): void {
  expect(job.overlapPolicy).toBe('skip')
  const [, id, due] = must(
    /^execution (\w+) \(of (\S+)\) is still (?:queued|running)$/.exec(one.reason ?? ''),
  )
  const inTheWay = must(executions.find((other) => other.id === id))
  expect(inTheWay.scheduledFor).toBe(due)
  expect(['completed', 'failed', 'timeout']).toContain(inTheWay.status)
  expect(inTheWay.createdAt <= one.createdAt).toBe(true)
  expect(must(inTheWay.completedAt) >= one.createdAt).toBe(true)
}

/** Of those that one call found, the last ones are not missed, as many as the policy lets run, and all before them are. */
function expectAsPolicySays({ missedPolicy }: CronJob, found: CronExecution[]): void {
  const inOrder = found.toSorted((a, b) => (must(a.scheduledFor) < must(b.scheduledFor) ? -1 : 1))
  const isLate = must(inOrder.at(-1)?.lateMs) > MISSED_AFTER_MS
  const most = missedPolicy === 'skip' && isLate ? 0 : RUN[missedPolicy]
  const missed = inOrder.map(({ status }) => status === 'missed')
  expect(missed).toEqual(inOrder.map((_, n) => n < inOrder.length - most))
}
