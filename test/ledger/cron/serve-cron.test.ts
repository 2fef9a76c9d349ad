import { beforeEach, describe, expect, it } from 'vitest'
import type { Builtin } from '../../../lib/ledger/cron/builtins.ts'
import { createCronJob } from '../../../lib/ledger/cron/create-cron-job.ts'
import { serveCron } from '../../../lib/ledger/cron/serve-cron.ts'
import { triggerCronJob } from '../../../lib/ledger/cron/trigger-cron-job.ts'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { claimRuns } from '../../../lib/ledger/runs/claim-runs.ts'
import { completeRuns, succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { LedgerError } from '../../../lib/run/errors.ts'
import { executionsOf } from '../../contracts/cron-steps.ts'
import { must } from '../../contracts/harness.ts'
import { unique } from '../../support/make.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { builtinJob, doing, statusesOf, succeed, until } from './steps.ts'

const FAR = '0 0 1 1 *'

describe('cron on a server that stays', () => {
  const at = useLedger(POSTGRES)
  beforeEach(() => at().store.raw('DELETE FROM cron_jobs'))

  /** A server until it is stopped; what comes of it can be waited for. */
  function serve(
    test: Builtin,
    { drainMs = 30_000, ctx = at().as() }: { drainMs?: number; ctx?: Context } = {},
  ) {
    const stopping = new AbortController()
    const options = { signal: stopping.signal, builtins: doing(test), drainMs, lookEveryMs: 600_000 }
    return { ctx, stop: () => stopping.abort(), ended: serveCron(ctx, options) }
  }

  it('fires a job when it is due, and not when it happens to look', async () => {
    const soon = new Date(Date.parse(await at().store.cron.now()) + 700).toISOString()
    const job = await builtinJob(at().as(), { nextRunAt: soon, schedule: FAR })
    const server = serve(succeed)
    await until(async () => (await statusesOf(server.ctx, job)).includes('completed'))
    server.stop()
    await server.ended
    const [execution] = await executionsOf(server.ctx.cron, job)
    expect(execution && execution.startedAt !== null && execution.startedAt >= soon).toBe(true)
  })

  it('runs at once what is triggered, under the request that did it', async () => {
    const seen: string[] = []
    const server = serve(async ({ requestId }) => {
      seen.push(requestId)
      return { success: true, message: 'done', metrics: {} }
    })
    const job = await builtinJob(server.ctx, { nextRunAt: null, schedule: FAR })
    for (const count of [1, 2]) {
      await triggerCronJob({ ...server.ctx, requestId: `request-${count}` }, { job: job.id })
      await until(async () => {
        const statuses = await statusesOf(server.ctx, job)
        return statuses.length === count && statuses.every((status) => status === 'completed')
      })
    }
    server.stop()
    await server.ended
    const requests = (await executionsOf(server.ctx.cron, job)).map(({ requestId }) => requestId)
    expect([requests, seen]).toEqual([
      ['request-1', 'request-2'],
      ['request-1', 'request-2'],
    ])
  })

  it('runs what is due under a request of its own each round', async () => {
    const now = await at().store.cron.now()
    const server = serve(succeed)
    const jobs = [await builtinJob(server.ctx, { nextRunAt: now, schedule: FAR })]
    server.ctx.signals.emit('cron')
    await until(async () => (await statusesOf(server.ctx, must(jobs[0]))).includes('completed'))
    jobs.push(await builtinJob(server.ctx, { nextRunAt: now, schedule: FAR }))
    server.ctx.signals.emit('cron')
    await until(async () => (await statusesOf(server.ctx, must(jobs[1]))).includes('completed'))
    server.stop()
    await server.ended
    const all = await Promise.all(jobs.map((job) => executionsOf(server.ctx.cron, job)))
    const requests = all.flat().map(({ requestId }) => requestId)
    expect(new Set([...requests, server.ctx.requestId]).size).toBe(3)
  })

  it('notes the end of a run that it began at once', async () => {
    const tenant = at().tenant()
    const server = serve(succeed)
    const { id } = await createCronJob(server.ctx, {
      name: unique('job'),
      schedule: FAR,
      action: { type: 'enqueue', kind: 'report' },
      projectId: tenant.projectId,
    })
    for (const count of [1, 2]) {
      await triggerCronJob(server.ctx, { job: id })
      const [claimed] = await claimRuns(tenant.worker, { workerId: 'w' })
      const token = must(claimed).leaseToken
      // As one, and as one of a batch.
      if (count === 1) await succeedRun(tenant.worker, { leaseToken: token })
      else await completeRuns(tenant.worker, [{ leaseToken: token, outcome: 'succeeded' }])
      await until(async () => {
        const statuses = await statusesOf(server.ctx, { id })
        return statuses.length === count && statuses.every((status) => status === 'completed')
      })
    }
    await triggerCronJob(server.ctx, { job: id })
    const running = (await executionsOf(server.ctx.cron, { id })).find(({ status }) => status === 'running')
    await cancelRun(tenant.person, { id: must(running?.runId) })
    await until(async () => (await statusesOf(server.ctx, { id })).includes('canceled'))
    server.stop()
    await server.ended
  })

  it('goes on when the database is back', async () => {
    const ctx = at().as()
    let isAway = true
    const cron = {
      ...ctx.cron,
      look: async () => {
        if (isAway) throw new LedgerError('unavailable', 'the database cannot be reached')
        return await ctx.cron.look()
      },
    }
    const job = await builtinJob(ctx, { nextRunAt: null, schedule: FAR })
    const server = serve(succeed, { ctx: { ...ctx, cron } })
    await until(() => at().logged.some(({ message }) => String(message).includes('it tries again')))
    isAway = false
    await triggerCronJob(ctx, { job: job.id })
    await until(async () => (await statusesOf(ctx, job)).includes('completed'))
    server.stop()
    await server.ended
  })

  it('waits for what is under way when it stops, and begins nothing more', async () => {
    const begun = Promise.withResolvers<void>()
    const letGo = Promise.withResolvers<void>()
    const server = serve(async () => {
      begun.resolve()
      await letGo.promise
      return { success: true, message: '', metrics: {} }
    })
    const [first, second] = [
      await builtinJob(server.ctx, { nextRunAt: null, schedule: FAR }),
      await builtinJob(server.ctx, { nextRunAt: null, schedule: FAR }),
    ]
    await triggerCronJob(server.ctx, { job: first.id })
    await begun.promise
    server.stop()
    await triggerCronJob(server.ctx, { job: second.id })
    letGo.resolve()
    await server.ended
    expect(await statusesOf(server.ctx, first)).toEqual(['completed'])
    expect(await statusesOf(server.ctx, second)).toEqual(['queued'])
  })

  it('cancels what does not end in time when it stops, and leaves no lease behind', async () => {
    const begun = Promise.withResolvers<void>()
    const server = serve(
      () => {
        begun.resolve()
        return new Promise(() => {})
      },
      { drainMs: 50 },
    )
    const job = await builtinJob(server.ctx, { nextRunAt: null, schedule: FAR, maxRetries: 3 })
    await triggerCronJob(server.ctx, { job: job.id })
    await begun.promise
    server.stop()
    await server.ended
    expect(await executionsOf(server.ctx.cron, job)).toMatchObject([
      { status: 'canceled', leaseExpiresAt: null, reason: 'the server stopped, and it did not end in time' },
    ])
  })
})
