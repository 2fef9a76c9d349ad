import { describe, expect, it } from 'vitest'
import type { Builtin } from '../../../lib/ledger/cron/builtins.ts'
import { serveCron } from '../../../lib/ledger/cron/serve-cron.ts'
import type { Context } from '../../../lib/ports/context.ts'
import type { OverlapPolicy } from '../../../lib/run/cron-job.ts'
import { executionsOf, minute, NOON } from '../../contracts/cron-steps.ts'
import { must } from '../../contracts/harness.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { atTime, builtinJob, type Clock, clockAt, doing, until } from './steps.ts'

/** Seven minutes later. */
const after = (start: string) => new Date(Date.parse(start) + 7 * 60_000).toISOString()

/** Work that takes seven minutes of this clock, each piece of it until it is let go. */
function sevenMinutes(clock: Clock) {
  const underWay = new Map<string, () => void>()
  let most = 0
  const builtin: Builtin = async ({ cron }, { executionId }) => {
    const startedAt = must((await cron.getExecution(executionId))?.startedAt)
    const { promise, resolve } = Promise.withResolvers<void>()
    underWay.set(`${after(startedAt)} ${executionId}`, resolve)
    most = Math.max(most, underWay.size)
    await promise
    return { success: true, message: '', metrics: {} }
  }
  return {
    builtin,
    mostAtOnce: () => most,
    /** Ends what has taken its time. */
    endDone(): void {
      for (const [key, end] of underWay) {
        if (key.slice(0, 24) > clock.now) continue
        underWay.delete(key)
        end()
      }
    },
  }
}

describe('a job every five minutes that takes seven', () => {
  const at = useLedger(POSTGRES)

  /** Two servers for an hour; gives back what came of each occurrence. */
  async function anHour(overlapPolicy: OverlapPolicy) {
    const clock = clockAt(minute(-1))
    const work = sevenMinutes(clock)
    const stopping = new AbortController()
    const servers = [at().ports, await at().another()].map((ports) => {
      const ctx: Context = { ...at().as(), cron: atTime(ports, clock).cron, signals: ports.signals }
      const options = { signal: stopping.signal, builtins: doing(work.builtin), lookEveryMs: 50 }
      return { ctx, ended: serveCron(ctx, options) }
    })
    const { ctx } = must(servers[0])
    const job = await builtinJob(ctx, { overlapPolicy, timeoutMs: 3_600_000 })
    const isSettled = async () => {
      for (const server of servers) server.ctx.signals.emit('cron')
      // First, so that what was fired until then is among those that are read.
      const { due } = await ctx.cron.look()
      const executions = await executionsOf(ctx.cron, job)
      const running = executions.filter(({ status }) => status === 'running').length
      const queued = executions.filter(({ status }) => status === 'queued').length
      return !due && (queued === 0 || (running > 0 && overlapPolicy !== 'allow'))
    }
    for (let minutes = 0; minutes <= 60; minutes++) {
      clock.now = minute(minutes)
      await until(async () => {
        work.endDone()
        const executions = await executionsOf(ctx.cron, job)
        return !executions.some((one) => one.status === 'running' && after(must(one.startedAt)) <= clock.now)
      })
      await until(isSettled)
    }
    const executions = await executionsOf(ctx.cron, job)
    stopping.abort()
    let hasEnded = false
    const allEnded = Promise.all(servers.map(({ ended }) => ended)).then(() => {
      hasEnded = true
    })
    await until(() => {
      clock.pass(10)
      work.endDone()
      return hasEnded
    })
    await allEnded
    await ctx.cron.deleteJob(job.id)
    return { executions, mostAtOnce: work.mostAtOnce() }
  }

  it('with skip runs every other time, and says which one was in the way', async () => {
    const { executions, mostAtOnce } = await anHour('skip')
    expect(mostAtOnce).toBe(1)
    expect(executions.map(({ scheduledFor, status }) => [scheduledFor, status])).toEqual(
      Array.from({ length: 13 }, (_, n) => [
        minute(n * 5),
        n % 2 === 1 ? 'skipped' : n === 12 ? 'running' : 'completed',
      ]),
    )
    expect(executions[1]?.reason).toBe(`execution ${executions[0]?.id} (of ${NOON}) is still running`)
  })

  it('with queue runs all of them, one after the other', async () => {
    const { executions, mostAtOnce } = await anHour('queue')
    expect(mostAtOnce).toBe(1)
    expect(executions.map(({ scheduledFor }) => scheduledFor)).toEqual(
      Array.from({ length: 13 }, (_, n) => minute(n * 5)),
    )
    const begun = executions.flatMap(({ startedAt }) => startedAt ?? [])
    expect(begun).toEqual(begun.toSorted())
    // The hour has room for nine, and for a tenth where the clock leaps between an end and a start.
    expect(begun.length).toBeGreaterThanOrEqual(9)
    expect(begun.length).toBeLessThanOrEqual(10)
    expect(executions.map(({ status }) => status)).toEqual([
      ...Array(begun.length - 1).fill('completed'),
      'running',
      ...Array(13 - begun.length).fill('queued'),
    ])
  })

  it('with allow runs each at its time, beside the one before', async () => {
    const { executions, mostAtOnce } = await anHour('allow')
    expect(mostAtOnce).toBe(2)
    expect(executions.map(({ startedAt }) => startedAt)).toEqual(
      Array.from({ length: 13 }, (_, n) => minute(n * 5)),
    )
    expect(executions.every(({ status }) => status === 'completed' || status === 'running')).toBe(true)
  })
})
