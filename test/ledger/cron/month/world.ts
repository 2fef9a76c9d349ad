import { createCronApp } from '../../../../lib/cron/cron-face.ts'
import { DEFINITIONS } from '../../../../lib/ledger/cron/definitions.ts'
import { dispatchCron } from '../../../../lib/ledger/cron/dispatch-cron.ts'
import { syncCronJobs } from '../../../../lib/ledger/cron/sync-cron-jobs.ts'
import { setCronJobEnabled } from '../../../../lib/ledger/cron/update-cron-job.ts'
import { tick } from '../../../../lib/ledger/tick.ts'
import type { Context } from '../../../../lib/ports/context.ts'
import type { Outbound } from '../../../../lib/ports/outbound.ts'
import { connect, type Pool } from '../../../../lib/store/postgres/connect.ts'
import { postgresCronStore } from '../../../../lib/store/postgres/cron-store.ts'
import { postgresNoticeStore } from '../../../../lib/store/postgres/notice-store.ts'
import { must } from '../../../contracts/harness.ts'
import { fail, succeed } from '../../../contracts/steps.ts'
import { atTime, type Clock, clockAt } from '../steps.ts'
import { chance } from './chance.ts'
import { dyingPool } from './dying-pool.ts'

/** Two servers, the platform’s functions, a worker, what jobs call, and one clock, which leaps. */
export interface World {
  clock: Clock
  random: () => number
  /** When the work of an execution was done, and how often. */
  performed: Map<string, string[]>
  /** All that were made, in order. */
  calls: Call[]
  kills(): number
  /** One of the three dispatches; it may be killed at any statement. */
  call(caller: number, options?: { mayBeKilled: boolean }): Promise<void>
  /** The worker does what is queued. */
  work(): Promise<void>
  close(): Promise<void>
}

/** A dispatch that was asked for. */
export interface Call {
  at: string
  isKilled: boolean
}

/** How each caller goes about it: by cron alone, by a whole tick, and at the door that the platform knocks at. */
const WAYS = [
  (ctx: Context) => dispatchCron(ctx, { until: ctx.now() + 60_000 }),
  (ctx: Context) => tick(ctx),
  knock,
]
const KILLED = 0.15
const FAILING = 0.15

export async function openWorld(
  base: Context,
  url: string,
  { start, seed }: { start: string; seed: number },
): Promise<World> {
  const pools = await Promise.all(WAYS.map(() => connect({ url, driver: 'pg', poolSize: 4 })))
  const clock = clockAt(start)
  const random = chance(seed)
  const performed = new Map<string, string[]>()
  const calls: Call[] = []
  const outbound: Outbound = {
    check: async () => {},
    async post({ body }) {
      const { executionId } = JSON.parse(body).data
      performed.set(executionId, [...(performed.get(executionId) ?? []), clock.now])
      return { status: random() < FAILING ? 500 : 200, body: 'as it comes', retryAfterMs: null }
    },
  }
  const contextOn = (pool: Pool): Context => {
    const ports = { ...base, outbound, cron: postgresCronStore(pool), notices: postgresNoticeStore(pool) }
    const ctx = atTime(ports, clock)
    // In a call the clock stands still: no retry that is a second away is waited for.
    const look = async () => ({ ...(await ctx.cron.look()), nextRetryAt: null })
    // Those that are killed have much to say.
    return { ...ctx, cron: { ...ctx.cron, look }, log: { info() {}, warn() {}, error() {} } }
  }
  await disableOwnJobs(atTime(base, clock))
  return {
    clock,
    random,
    performed,
    calls,
    kills: () => calls.filter(({ isKilled }) => isKilled).length,
    async call(caller, { mayBeKilled } = { mayBeKilled: true }) {
      const [pool, way] = [pools[caller] as Pool, must(WAYS[caller])]
      const isDoomed = mayBeKilled && random() < KILLED
      const ctx = contextOn(isDoomed ? dyingPool(pool, Math.floor(random() * 40), random() < 0.5) : pool)
      const call = { at: clock.now, isKilled: false }
      calls.push(call)
      await way(ctx).catch((error) => {
        if (!isDoomed) throw error
        call.isKilled = true
      })
    },
    async work() {
      const runs = await base.runs.claim({ projectId: null, workerId: 'w', limit: 100, leaseSeconds: 60 })
      await base.runs.move(runs.map((run) => (random() >= FAILING ? succeed(run) : fail(run))))
    },
    close: async () => void (await Promise.all(pools.map((pool) => pool.end()))),
  }
}

const SECRET = 'what the platform knows'

/** As the platform calls: its answer is all that it learns. */
async function knock(ctx: Context): Promise<void> {
  const app = createCronApp({ openPorts: async () => ctx, newId: ctx.newId, cronSecret: SECRET })
  const answer = await app.request('/api/cron/tick', { headers: { authorization: `Bearer ${SECRET}` } })
  if (answer.status !== 200) throw new Error(await answer.text())
}

/** The program's own jobs, which the platform's door makes, are not of this month. */
async function disableOwnJobs(ctx: Context): Promise<void> {
  await syncCronJobs(ctx)
  for (const { name } of DEFINITIONS) await setCronJobEnabled(ctx, { job: name, isEnabled: false })
}
