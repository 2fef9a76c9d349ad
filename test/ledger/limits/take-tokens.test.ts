import { setTimeout as delay } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { takeTokens } from '../../../lib/ledger/limits/take-tokens.ts'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { enqueueRun, enqueueRuns } from '../../../lib/ledger/runs/enqueue-run.ts'
import { retryRun } from '../../../lib/ledger/runs/retry-run.ts'
import type { Context, LimitState, Ports } from '../../../lib/ports/context.ts'
import { must } from '../../contracts/harness.ts'
import { unique } from '../../support/make.ts'
import { contextOf, POSTGRES, SQLITE, useLedger } from '../../support/open-ledger.ts'
import { enqueued, refusal } from '../steps.ts'

interface Limited extends Context {
  pass(seconds: number): void
  draws: number[]
  states: LimitState[]
}

/** Someone with a limit of their own, whose clock the test moves. */
function limited(ports: Ports, limit: number, limitKey = unique('key')): Limited {
  let now = ports.now()
  const draws: number[] = []
  const states: LimitState[] = []
  const limits: Ports['limits'] = {
    ...ports.limits,
    draw: (bucket, amount) => {
      draws.push(amount)
      return ports.limits.draw(bucket, amount)
    },
  }
  return {
    ...contextOf(ports, { name: 'someone', scopes: ['admin'], projectId: null, limitKey }),
    limits,
    rateLimits: { enqueue: limit, cancel: limit, presign: limit, search: limit, 'sign-in': limit },
    now: () => now,
    pass: (seconds) => {
      now += seconds * 1_000
    },
    noteLimit: (state) => states.push(state),
    draws,
    states,
  }
}

/** How many of so many calls at once are allowed. */
async function allowed(ctx: Context, calls: number, amount = 1): Promise<number> {
  const all = await Promise.allSettled(
    Array.from({ length: calls }, () => takeTokens(ctx, 'enqueue', amount)),
  )
  return all.filter(({ status }) => status === 'fulfilled').length
}

describe('rate limits on Postgres', () => {
  const at = useLedger(POSTGRES)

  /** Waits out the end of a minute, lest the counters start anew in the middle of a test. */
  beforeEach(async () => {
    const { resetSeconds } = await at().store.limits.draw(unique('clock'), 1)
    if (resetSeconds <= 6) await delay((resetSeconds + 0.2) * 1_000)
  })

  it('are drawn a tenth at a time, so that most calls ask nobody', async () => {
    const ctx = limited(at().ports, 600)
    for (let n = 0; n < 600; n++) await takeTokens(ctx, 'enqueue', 1)
    expect(ctx.draws).toEqual(Array.from({ length: 10 }, () => 60))
  })

  it('end in an error that says when to come again, and in no more questions', async () => {
    const ctx = limited(at().ports, 20)
    expect(await allowed(ctx, 20)).toBe(20)
    const error = await refusal(takeTokens(ctx, 'enqueue', 1))
    expect(error).toMatchObject({ code: 'limited', message: expect.stringContaining('more than 20 enqueue') })
    expect(error.retryAfterSeconds).toBeGreaterThanOrEqual(1)
    expect(error.retryAfterSeconds).toBeLessThanOrEqual(60)
    const { length } = ctx.draws
    expect(await allowed(ctx, 100)).toBe(0)
    expect(ctx.draws).toHaveLength(length)
  })

  it('are not drawn empty by a burst: what one instance does not use is left to the others', async () => {
    const ledger = at()
    const limitKey = unique('key')
    const one = limited(ledger.ports, 100, limitKey)
    const other = limited(await ledger.another(), 100, limitKey)
    expect(await allowed(one, 15)).toBe(15)
    expect(one.draws).toEqual([10, 10])
    expect(await allowed(other, 100)).toBe(80)
  })

  it('hold for two instances together, however they race', async () => {
    const ledger = at()
    const limitKey = unique('key')
    const one = limited(ledger.ports, 120, limitKey)
    const other = limited(await ledger.another(), 120, limitKey)
    const counts = await Promise.all([allowed(one, 100), allowed(other, 100)])
    const all = counts[0] + counts[1]
    expect(all).toBeLessThanOrEqual(120)
    // Each may keep the rest of a lot to itself.
    expect(all).toBeGreaterThan(120 - 12)
  })

  it('start anew each minute', async () => {
    const ledger = at()
    const ctx = limited(ledger.ports, 10)
    expect(await allowed(ctx, 12)).toBe(10)
    await ledger.store.raw(
      `UPDATE rate_limits SET "windowStart" = "windowStart" - interval '1 minute' WHERE bucket LIKE '%${ctx.actor.limitKey}'`,
    )
    expect(await allowed(ctx, 1)).toBe(0)
    ctx.pass(61)
    expect(await allowed(ctx, 12)).toBe(10)
  })

  it('do not let what was left of a lot into the next minute', async () => {
    const ledger = at()
    const ctx = limited(ledger.ports, 100)
    expect(await allowed(ctx, 1)).toBe(1)
    ctx.pass(61)
    expect(await allowed(ctx, 1)).toBe(1)
    expect(ctx.draws).toEqual([10, 10])
  })

  it('take more than a lot at once, and refuse what the minute does not have without losing the rest', async () => {
    const ctx = limited(at().ports, 100)
    await takeTokens(ctx, 'enqueue', 70)
    expect(ctx.draws).toEqual([70])
    expect(await refusal(takeTokens(ctx, 'enqueue', 40))).toMatchObject({ code: 'limited' })
    expect(await allowed(ctx, 3, 10)).toBe(3)
    expect(await refusal(takeTokens(ctx, 'enqueue', 1))).toMatchObject({ code: 'limited' })
  })

  it('count parts of a token', async () => {
    const ctx = limited(at().ports, 10)
    for (let n = 0; n < 40; n++) await takeTokens(ctx, 'enqueue', 0.25)
    expect(await refusal(takeTokens(ctx, 'enqueue', 0.25))).toMatchObject({ code: 'limited' })
  })

  it('tell what is left', async () => {
    const ctx = limited(at().ports, 20)
    for (let n = 0; n < 20; n++) await takeTokens(ctx, 'enqueue', 1)
    await refusal(takeTokens(ctx, 'enqueue', 1))
    expect(ctx.states.map(({ remaining }) => remaining)).toEqual([
      ...Array.from({ length: 20 }, (_, n) => 19 - n),
      0,
    ])
    expect(ctx.states[0]).toMatchObject({ name: 'enqueue', limit: 20 })
  })

  it('are each their own: of a key, of a name', async () => {
    const { ports } = at()
    const [one, other] = [limited(ports, 5), limited(ports, 5)]
    expect(await allowed(one, 9)).toBe(5)
    expect(await allowed(other, 9)).toBe(5)
    await takeTokens(one, 'cancel', 5)
  })

  it('are off where the limit is 0, and for an actor without a key', async () => {
    const { ports } = at()
    for (const ctx of [
      limited(ports, 0),
      { ...limited(ports, 1), actor: { ...at().as().actor, limitKey: null } },
    ])
      expect(await allowed(ctx, 50)).toBe(50)
  })

  it('are counted by enqueue, a tenth for each of a batch, by retry and by cancel', async () => {
    const { ports } = at()
    const ctx = limited(ports, 12)
    const { id } = await enqueued(ctx, { kind: 'a' })
    await enqueueRuns(
      ctx,
      Array.from({ length: 100 }, () => ({ kind: 'a' })),
    )
    await cancelRun(ctx, { id })
    await retryRun(ctx, { id })
    for (const work of [() => enqueueRun(ctx, { kind: 'a' }), () => enqueueRuns(ctx, [{ kind: 'a' }])])
      expect(await refusal(work())).toMatchObject({ code: 'limited' })
    expect(await refusal(retryRun(ctx, { id }))).toMatchObject({ code: 'limited' })
    for (let n = 0; n < 11; n++) await cancelRun(ctx, { id })
    expect(await refusal(cancelRun(ctx, { id }))).toMatchObject({ code: 'limited' })
  })

  it('go on when the database was away for a call', async () => {
    const ctx = limited(at().ports, 10)
    const { limits } = ctx
    ctx.limits = { ...limits, draw: () => Promise.reject(new Error('away')) }
    await expect(takeTokens(ctx, 'enqueue', 1)).rejects.toThrow('away')
    const back = { ...ctx, limits: ctx.limits }
    Object.assign(ctx.limits, { draw: must(limits.draw) })
    expect(await allowed(back, 12)).toBe(10)
  })
})

describe('rate limits on SQLite', () => {
  const at = useLedger(SQLITE)

  it('count nothing: whoever reads the file is the machine’s own user', async () => {
    expect(await allowed(limited(at().ports, 5), 500)).toBe(500)
  })
})
