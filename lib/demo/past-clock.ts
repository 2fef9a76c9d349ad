import type { Context } from '../ports/context.ts'

/** A ledger whose cron jobs go by a clock that is set by hand. */
export interface PastClock {
  ctx: Context
  /** It goes on from there. */
  set(ms: number): void
}

/** Sets that clock to `ms`: whatever cron jobs do with this context, they do it then. */
export function pastClock(ctx: Context, ms: number): PastClock {
  let behindMs = ctx.now() - ms
  const at = () => new Date(ctx.now() - behindMs).toISOString()
  const cron = { ...ctx.cron, now: async () => at(), look: (asked?: string) => ctx.cron.look(asked ?? at()) }
  return {
    ctx: { ...ctx, cron },
    set(to) {
      behindMs = ctx.now() - to
    },
  }
}
