import { z } from 'zod'
import { LedgerError } from '../run/errors.ts'
import { fromProblem } from './errors.ts'

/** By these an answer is known for one of ours. The rest is taken as it is: a newer server may say more. */
export const Identified = z.looseObject({ id: z.string() })
export const Started = z.looseObject({ run: Identified, leaseToken: z.string() })
export const IdentifiedPage = z.looseObject({ data: z.array(Identified), nextCursor: z.string().nullable() })
export const EventPage = z.looseObject({
  data: z.array(z.looseObject({ id: z.number(), type: z.string() })),
  nextAfter: z.number().nullable(),
})
export const AlertPage = z.looseObject({
  data: z.array(z.looseObject({ id: z.number(), key: z.string() })),
  nextCursor: z.string().nullable(),
})
export const BackupMade = z.looseObject({ backup: Identified, removed: z.array(z.string()) })
export const BackupPage = z.looseObject({ data: z.array(Identified) })
export const ClaimedRuns = z.looseObject({ data: z.array(Started) })
export const Triggered = z.looseObject({ executionId: z.string() })
export const ScheduleTimes = z.looseObject({ words: z.string(), nextRuns: z.array(z.string()) })
export const CronSettingsAnswer = z.looseObject({ paused: z.boolean() })
/** What policies come to, and what will happen to a run. */
const Planned = z.looseObject({ runs: z.number(), bytes: z.number() })
export const PlanAnswer = z.looseObject({
  archive: Planned,
  delete: Planned,
  nextCursor: z.string().nullable(),
})
export const RetentionAnswer = z.looseObject({ runId: z.string() })
export const MigratedAnswer = z.looseObject({ named: z.number(), renamed: z.number() })
/** Of what has no body. */
export const Nothing = z.looseObject({})
export const Matches = z.looseObject({
  data: z.array(z.looseObject({ position: z.number(), text: z.string() })),
  nextFrom: z.number().nullable(),
})
export const Stats = z.looseObject({ byState: z.looseObject({}) })

/** The answer to a batch of so many. */
export const batchOf = (count: number) =>
  z.looseObject({ data: z.array(z.looseObject({ status: z.number() })).length(count) })

/** One item's answer: what it came to, or its problem. */
export type BatchItem<T> = T & { status: number; problem?: Record<string, unknown> }

/** An item's answer as the verb gives it: a value or an error. */
export function fromItem<T, U>(item: BatchItem<T>, value: (item: BatchItem<T>) => U): U | LedgerError {
  return item.problem ? fromProblem(item.problem) : value(item)
}

/** The answer to a batch of one. Throws its error. */
export function onlyOf<T>([answer]: (T | LedgerError)[]): T {
  if (answer instanceof LedgerError) throw answer
  return answer as T
}
