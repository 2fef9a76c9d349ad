import { beforeEach, describe, expect, it } from 'vitest'
import type { Context } from '../../../lib/ports/context.ts'
import type { CronExecution } from '../../../lib/run/cron-execution.ts'
import { executionsOf, jobNow } from '../../contracts/cron-steps.ts'
import { must } from '../../contracts/harness.ts'
import { startChild } from '../../contracts/start-child.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { builtinJob, dispatch, doing, until } from './steps.ts'

/** Fails twice, then succeeds. */
const failsTwice = doing(async ({ cron }, { executionId }) => {
  const { retryCount } = must(await cron.getExecution(executionId))
  return { success: retryCount === 2, message: `attempt ${retryCount}`, metrics: {} }
})

/** What the issue asks of a job with three retries that fails twice. */
function expectThreeAttempts(executions: CronExecution[]): void {
  expect(executions.map(({ status, retryCount, triggeredBy }) => [status, retryCount, triggeredBy])).toEqual([
    ['failed', 0, 'scheduler'],
    ['failed', 1, 'retry'],
    ['completed', 2, 'retry'],
  ])
  const waits = [1, 2].map(
    (n) => Date.parse(must(executions[n]?.startedAt)) - Date.parse(must(executions[n - 1]?.completedAt)),
  )
  expect(waits[0]).toBeGreaterThanOrEqual(1_000)
  expect(waits[1]).toBeGreaterThanOrEqual(2_000)
  expect(new Set(executions.map(({ scheduledFor }) => scheduledFor)).size).toBe(1)
}

describe('a job with three retries that fails twice', () => {
  const at = useLedger(POSTGRES)
  /** By the clocks as they are: what it waits for is time. */
  const here = (): Context => ({ ...at().as(), now: Date.now })
  const job = async () => {
    const nextRunAt = await at().store.cron.now()
    return await builtinJob(here(), { maxRetries: 3, nextRunAt, schedule: '0 0 1 1 *' })
  }
  beforeEach(() => at().store.raw('DELETE FROM cron_jobs'))

  it('is executed three times, and no sooner than after 1 s and 2 s', async () => {
    const { id } = await job()
    expect(await dispatch(here(), { builtins: failsTwice })).toMatchObject({
      fired: 1,
      performed: { failed: 2, completed: 1 },
      more: false,
    })
    expectThreeAttempts(await executionsOf(at().store.cron, { id }))
    expect(await jobNow(at().store.cron, { id })).toMatchObject({ failuresInRow: 0 })
  })

  it('goes on with the next dispatch where one has no time to wait', async () => {
    const { id } = await job()
    // Its clock stands still: it does what there is to do, and waits for nothing that is half a second away.
    const ctx = at().as()
    let completed = 0
    while (completed === 0) {
      const { performed } = await dispatch(ctx, { builtins: failsTwice, until: ctx.now() + 500 })
      completed += performed.completed
    }
    expectThreeAttempts(await executionsOf(at().store.cron, { id }))
  })

  it('goes on across a restart, with kill -9', async () => {
    const { id } = await job()
    const argument = { address: at().address, test: 'fails-twice' }
    const first = startChild('cron-server.ts', argument)
    try {
      await until(async () => {
        first.mustLive()
        return (await executionsOf(at().store.cron, { id })).some(({ status }) => status === 'failed')
      })
    } finally {
      first.kill()
      await first.gone
    }
    const second = startChild('cron-server.ts', argument)
    try {
      await until(async () => {
        second.mustLive()
        return (await executionsOf(at().store.cron, { id })).at(-1)?.status === 'completed'
      })
    } finally {
      second.end()
      await second.gone
    }
    expect(second.errors()).toBe('')
    expectThreeAttempts(await executionsOf(at().store.cron, { id }))
  })

  it('is told of once, and only where no retry is left', async () => {
    const { id } = await job()
    const fails = doing(async () => ({ success: false, message: 'never', metrics: {} }))
    const soon = { ...here(), cron: { ...at().store.cron, ...withoutWaiting(at().store.cron) } }
    await dispatch(soon, { builtins: fails })
    const executions = await executionsOf(at().store.cron, { id })
    expect(executions.map(({ status, retryCount }) => [status, retryCount])).toEqual(
      [0, 1, 2, 3].map((retryCount) => ['failed', retryCount]),
    )
    expect(await jobNow(at().store.cron, { id })).toMatchObject({ failuresInRow: 1 })
  })
})

/** Retries that may begin at once. */
function withoutWaiting(cron: Context['cron']): Pick<Context['cron'], 'complete'> {
  return {
    complete: ({ retry, ...completion }) =>
      cron.complete({ ...completion, retry: retry && { ...retry, delayMs: 0 } }),
  }
}
