import { beforeEach, describe, expect, it } from 'vitest'
import { executionsOf, minute, NOON } from '../../contracts/cron-steps.ts'
import { must } from '../../contracts/harness.ts'
import { startChild } from '../../contracts/start-child.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { atTime, builtinJob, clockAt, dispatch, doing, statusesOf, until } from './steps.ts'

const hanging = doing(() => new Promise(() => {}))

describe('a job that hangs', () => {
  const at = useLedger(POSTGRES)
  const here = (now = NOON) => atTime(at().as(), clockAt(now))
  beforeEach(() => at().store.raw('DELETE FROM cron_jobs'))

  it('is timed out at its limit, and the next one runs', async () => {
    const ctx = here()
    const job = await builtinJob(ctx, { timeoutMs: 100 })
    expect(await dispatch(ctx, { builtins: hanging })).toMatchObject({
      performed: { timeout: 1 },
      more: false,
    })
    expect(await executionsOf(ctx.cron, job)).toMatchObject([
      { status: 'timeout', errorMessage: 'took longer than its timeout of 100 ms', leaseExpiresAt: null },
    ])
    await dispatch(here(minute(5)))
    expect(await statusesOf(ctx, job)).toEqual(['timeout', 'completed'])
  })

  it('is told by its signal, and what it says then is not what counts', async () => {
    const ctx = here()
    const job = await builtinJob(ctx, { timeoutMs: 100 })
    let told: unknown
    const builtins = doing(async (_, { signal }) => {
      await new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => {
          told = signal.reason
          reject(new Error('I was told to stop'))
        }),
      )
      return { success: true, message: '', metrics: {} }
    })
    await dispatch(ctx, { builtins })
    expect(told).toBeInstanceOf(Error)
    expect(await executionsOf(ctx.cron, job)).toMatchObject([
      { status: 'timeout', errorMessage: 'took longer than its timeout of 100 ms' },
    ])
  })

  it('has its retries', async () => {
    const ctx = { ...at().as(), now: Date.now }
    const nextRunAt = await ctx.cron.now()
    const job = await builtinJob(ctx, { timeoutMs: 100, maxRetries: 1, nextRunAt, schedule: '0 0 1 1 *' })
    await dispatch(ctx, { builtins: hanging })
    expect(await statusesOf(ctx, job)).toEqual(['timeout', 'timeout'])
  })

  it('is cut where the time of the call is over', async () => {
    const ctx = here()
    const job = await builtinJob(ctx)
    await dispatch(ctx, { builtins: hanging, until: ctx.now() + 200 })
    const [execution] = await executionsOf(ctx.cron, job)
    expect(execution).toMatchObject({
      status: 'timeout',
      errorMessage: expect.stringContaining('cut after 200 ms'),
    })
  })
})

describe('a server killed with -9 in the middle of an execution', () => {
  const at = useLedger(POSTGRES)

  it('does not stop the job for longer than its lease', async () => {
    const { address, store } = at()
    const clock = clockAt(await store.cron.now())
    const ctx = atTime(at().as(), clock)
    const job = await builtinJob(ctx, { nextRunAt: clock.now, timeoutMs: 60_000, schedule: '* * * * *' })
    const victim = startChild('cron-server.ts', { address, test: 'hangs' })
    try {
      await victim.hasPrinted(2)
    } finally {
      victim.kill()
      await victim.gone
    }
    // Where it took past the full minute to start, the occurrence before was missed.
    const held = must((await executionsOf(store.cron, job)).find(({ status }) => status === 'running'))
    const lease = Date.parse(must(held.leaseExpiresAt)) - Date.parse(must(held.startedAt))
    expect(lease).toBe(60_000 + 30_000)
    // While it may yet live, the job waits for it.
    clock.now = new Date(Date.parse(must(held.leaseExpiresAt)) - 1).toISOString()
    await dispatch(ctx)
    const meanwhile = (await statusesOf(ctx, job)).filter((status) => status !== 'missed')
    expect([meanwhile[0], meanwhile.at(-1)]).toEqual(['running', 'skipped'])
    expect(meanwhile).not.toContain('completed')
    clock.now = must(held.leaseExpiresAt)
    expect(await dispatch(ctx)).toMatchObject({ expired: 1 })
    expect(await store.cron.getExecution(held.id)).toMatchObject({
      status: 'timeout',
      errorMessage: 'the process that ran it was gone when its lease ran out',
    })
    clock.pass(1)
    await dispatch(ctx)
    expect((await statusesOf(ctx, job)).at(-1)).toBe('completed')
  })

  it('is given up with its retries, which another server makes', async () => {
    const { address, store } = at()
    await store.raw('DELETE FROM cron_jobs')
    const clock = clockAt(await store.cron.now())
    const ctx = atTime(at().as(), clock)
    const given = { nextRunAt: clock.now, timeoutMs: 60_000, schedule: '0 0 1 1 *', maxRetries: 1 }
    const job = await builtinJob(ctx, given)
    const victim = startChild('cron-server.ts', { address, test: 'hangs' })
    try {
      await victim.hasPrinted(2)
    } finally {
      victim.kill()
      await victim.gone
    }
    clock.pass(2)
    await dispatch(ctx, { until: ctx.now() + 500 })
    clock.pass(1)
    await dispatch(ctx)
    expect(await statusesOf(ctx, job)).toEqual(['timeout', 'completed'])
    await until(async () => (await store.cron.look(clock.now)).untold === false)
  })
})
