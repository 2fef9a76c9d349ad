import type { Context, LimitName } from '../../ports/context.ts'
import type { LimitStore } from '../../ports/limit-store.ts'
import { LedgerError } from '../../run/errors.ts'

interface Lot {
  left: number
  used: number
  resetAt: number
  /** The last of those who take from the lot, one after the other, lest each draws a lot of its own. */
  turn: Promise<unknown>
}

const lots = new WeakMap<LimitStore, Map<string, Lot>>()
const MAX_LOTS = 10_000

/**
 * Takes tokens of the actor's limit for this minute. The counter is in the database, since instances share nothing; each
 * draws a tenth at a time, so most calls ask nobody, nor does any once the limit is reached. Throws `limited` with the
 * seconds until the next minute. 0 is no limit.
 */
export async function takeTokens(ctx: Context, name: LimitName, amount: number): Promise<void> {
  const limit = ctx.rateLimits[name]
  if (limit === 0 || ctx.actor.limitKey === null) return
  const bucket = `${name}:${ctx.actor.limitKey}`
  const lot = lotOf(ctx, bucket)
  const turn = lot.turn.then(() => takeFrom(ctx, bucket, lot, amount, limit))
  lot.turn = turn.catch(() => {})
  const allowed = await turn
  const resetSeconds = Math.max(1, Math.ceil((lot.resetAt - ctx.now()) / 1_000))
  const remaining = Math.max(0, Math.floor(limit - lot.used + lot.left))
  ctx.noteLimit?.({ name, limit, remaining: allowed ? remaining : 0, resetSeconds })
  if (!allowed)
    throw new LedgerError(
      'limited',
      `more than ${limit} ${name} requests in this minute; try again in ${resetSeconds} s`,
      {
        retryAfterSeconds: resetSeconds,
      },
    )
}

function lotOf(ctx: Context, bucket: string): Lot {
  const all = lots.get(ctx.limits) ?? new Map<string, Lot>()
  lots.set(ctx.limits, all)
  if (all.size > MAX_LOTS) all.clear()
  const lot = all.get(bucket) ?? { left: 0, used: 0, resetAt: 0, turn: Promise.resolve() }
  all.set(bucket, lot)
  return lot
}

async function takeFrom(
  ctx: Context,
  bucket: string,
  lot: Lot,
  amount: number,
  limit: number,
): Promise<boolean> {
  if (lot.resetAt <= ctx.now()) Object.assign(lot, { left: 0, used: 0 })
  if (lot.left < amount && lot.used < limit)
    await draw(ctx, bucket, lot, Math.max(Math.ceil(amount - lot.left), Math.ceil(limit / 10)), limit)
  if (lot.left < amount) return false
  lot.left -= amount
  return true
}

/** Adds to the lot what the counter still had, which may be less than was asked for. */
async function draw(ctx: Context, bucket: string, lot: Lot, amount: number, limit: number): Promise<void> {
  const { used, resetSeconds } = await ctx.limits.draw(bucket, amount)
  const over = Math.max(0, used - limit)
  lot.left += Math.max(0, amount - over)
  lot.used = Math.min(used, limit)
  lot.resetAt = ctx.now() + resetSeconds * 1_000
}
