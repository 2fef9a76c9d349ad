import type { Builtin } from '../../../../lib/ledger/cron/builtins.ts'
import { dispatchCron } from '../../../../lib/ledger/cron/dispatch-cron.ts'
import type { Context } from '../../../../lib/ports/context.ts'
import { connect, type Pool } from '../../../../lib/store/postgres/connect.ts'
import { postgresCronStore } from '../../../../lib/store/postgres/cron-store.ts'
import { postgresNoticeStore } from '../../../../lib/store/postgres/notice-store.ts'
import { fail, succeed } from '../../../contracts/steps.ts'
import { atTime, type Clock, clockAt, doing } from '../steps.ts'
import { chance } from './chance.ts'
import { dyingPool } from './dying-pool.ts'

/** Two servers, the platform’s functions, a worker, and one clock, which leaps. */
export interface World {
  clock: Clock
  random: () => number
  /** How often the work of an execution was done. */
  performed: Map<string, number>
  kills(): number
  /** One of the three dispatches; it may be killed at any statement. */
  call(caller: number, options?: { mayBeKilled: boolean }): Promise<void>
  /** The worker does what is queued. */
  work(): Promise<void>
  close(): Promise<void>
}

const CALLERS = 3
const KILLED = 0.15
const FAILING = 0.15

export async function openWorld(
  base: Context,
  url: string,
  { start, seed }: { start: string; seed: number },
): Promise<World> {
  const pools = await Promise.all(
    Array.from({ length: CALLERS }, () => connect({ url, driver: 'pg', poolSize: 4 })),
  )
  const clock = clockAt(start)
  const random = chance(seed)
  const performed = new Map<string, number>()
  let kills = 0
  const test: Builtin = async (_, { executionId }) => {
    performed.set(executionId, (performed.get(executionId) ?? 0) + 1)
    return { success: random() >= FAILING, message: 'as it comes', metrics: {} }
  }
  const contextOn = (pool: Pool): Context => ({
    ...atTime({ ...base, cron: postgresCronStore(pool), notices: postgresNoticeStore(pool) }, clock),
    // Those that are killed have much to say.
    log: { info() {}, warn() {}, error() {} },
  })
  return {
    clock,
    random,
    performed,
    kills: () => kills,
    async call(caller, { mayBeKilled } = { mayBeKilled: true }) {
      const pool = pools[caller] as Pool
      const isKilled = mayBeKilled && random() < KILLED
      const ctx = contextOn(isKilled ? dyingPool(pool, Math.floor(random() * 40), random() < 0.5) : pool)
      // Its pacing clock stands still: no retry that is a second away is waited for.
      await dispatchCron(ctx, { until: ctx.now() + 900, builtins: doing(test) }).catch((error) => {
        if (!isKilled) throw error
        kills++
      })
    },
    async work() {
      const runs = await base.runs.claim({ projectId: null, workerId: 'w', limit: 100, leaseSeconds: 60 })
      await base.runs.move(runs.map((run) => (random() >= FAILING ? succeed(run) : fail(run))))
    },
    close: async () => void (await Promise.all(pools.map((pool) => pool.end()))),
  }
}
