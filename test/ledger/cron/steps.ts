import { setTimeout as delay } from 'node:timers/promises'
import type { Builtin } from '../../../lib/ledger/cron/builtins.ts'
import { type CreateCronJob, createCronJob } from '../../../lib/ledger/cron/create-cron-job.ts'
import {
  type DispatchCron,
  type DispatchedCron,
  dispatchCron,
} from '../../../lib/ledger/cron/dispatch-cron.ts'
import type { Context, Ports } from '../../../lib/ports/context.ts'
import type { NewCronJob } from '../../../lib/ports/cron-store.ts'
import type { CronJob } from '../../../lib/run/cron-job.ts'
import { executionsOf, makeJob } from '../../contracts/cron-steps.ts'
import { unique } from '../../support/make.ts'

/** A clock that stands still until it is moved. */
export interface Clock {
  now: string
  pass(minutes: number): void
}

export function clockAt(now: string): Clock {
  return {
    now,
    pass(minutes) {
      this.now = new Date(Date.parse(this.now) + minutes * 60_000).toISOString()
    },
  }
}

/** The same with cron's time from this clock in place of the database's. */
export function atTime<P extends Ports>(ports: P, clock: Clock): P {
  const { cron } = ports
  return {
    ...ports,
    cron: {
      ...cron,
      now: async () => clock.now,
      look: () => cron.look(clock.now),
      // The clock leaps: between the question and the claim a minute may have passed.
      claim: (claim) => cron.claim({ ...claim, at: clock.now }),
    },
  }
}

/** Every job of an hour's fifth minutes, unless something else is given. */
export async function madeJob(ctx: Context, given: Partial<CreateCronJob> = {}): Promise<CronJob> {
  return await createCronJob(ctx, {
    name: unique('job'),
    schedule: '*/5 * * * *',
    action: { type: 'enqueue', kind: 'report' },
    ...given,
  })
}

/** A job of a builtin that the test brings, due at noon unless something else is given. */
export async function builtinJob(ctx: Context, given: Partial<NewCronJob> = {}): Promise<CronJob> {
  return await makeJob(ctx.cron, { action: { type: 'builtin', name: 'test' }, ...given })
}

/** Builtins of which one, `test`, does this. */
export function doing(test: Builtin): Record<string, Builtin> {
  return { test }
}

export const succeed: Builtin = async () => ({ success: true, message: 'done', metrics: {} })

/** Dispatches until nothing is left, as a tick with all the time there is. */
export async function dispatch(ctx: Context, options: Partial<DispatchCron> = {}): Promise<DispatchedCron> {
  return await dispatchCron(ctx, { until: ctx.now() + 60_000, builtins: doing(succeed), ...options })
}

/** What became of a job's executions, oldest first. */
export async function statusesOf(ctx: Context, job: Pick<CronJob, 'id'>): Promise<string[]> {
  return (await executionsOf(ctx.cron, job)).map(({ status }) => status)
}

/** Resolves when the condition holds. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await delay(10)
}
