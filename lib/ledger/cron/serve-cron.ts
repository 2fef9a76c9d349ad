import type { Context } from '../../ports/context.ts'
import type { CronOutlook } from '../../ports/cron-store.ts'
import { requireScope } from '../require-scope.ts'
import { BUILTINS, type Builtin } from './builtins.ts'
import { CRON_TOPIC } from './find-job.ts'
import { noTally, oneRound } from './one-round.ts'
import { openWork } from './open-work.ts'

export interface ServeCron {
  /** Ends it. */
  signal: AbortSignal
  /** Executions side by side. */
  concurrency?: number
  /** How often it looks, where it knows of nothing that comes earlier. */
  lookEveryMs?: number
  /** How long what is under way may take to end once it is to stop. */
  drainMs?: number
  builtins?: Readonly<Record<string, Builtin>>
}

/**
 * Cron for a server that stays: occurrences are fired when they are due, and actions have the whole of their timeout. Once `signal`
 * aborts nothing more begins; what is under way is waited for, then canceled, and no lease is left behind. A database that is away
 * is waited for. Resolves when all of that is done. Cron page.
 */
export async function serveCron(ctx: Context, options: ServeCron): Promise<void> {
  requireScope(ctx, 'admin')
  const { signal, concurrency = 10, lookEveryMs = 10_000, drainMs = 30_000, builtins = BUILTINS } = options
  const work = openWork(ctx, { builtins, signal, drainMs })
  while (!signal.aborted) {
    // From before the look: what is hinted at while it is under way may be what it has not seen.
    const hint = listenForHint(ctx, signal)
    // A round is a request of its own.
    const round = { ...ctx, requestId: ctx.newId() }
    const pauseMs = await lookAndDo(round).catch((error) => {
      ctx.log.warn('cron could not do its work; it tries again', { error })
      return lookEveryMs
    })
    if (pauseMs > 0 && !work.hasEndedSome()) await hint.within(pauseMs)
    hint.forget()
  }
  // What went wrong was logged then.
  await work.allEnded().catch(() => {})

  async function lookAndDo(round: Context): Promise<number> {
    const outlook = await round.cron.look()
    const did = await oneRound(round, outlook, work, noTally(), { concurrency, signal })
    return did ? 0 : Math.min(lookEveryMs, pauseOf(outlook))
  }
}

/** The next hint that something of cron has changed, from now on. */
function listenForHint(ctx: Context, signal: AbortSignal) {
  const over = new AbortController()
  const end = () => over.abort()
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  const heard = ctx.signals.wait(CRON_TOPIC, LONGEST_MS, over.signal)
  return {
    /** Resolves with it, or after so long. */
    async within(ms: number): Promise<void> {
      await Promise.race([heard, ctx.signals.wait(NOTHING, ms, over.signal)])
    },
    forget(): void {
      signal.removeEventListener('abort', end)
      end()
    },
  }
}

/** As long as a timer can. */
const LONGEST_MS = 2 ** 31 - 1
/** No hint has this topic: to wait for it is to wait. */
const NOTHING = 'cron-pause'

/** Until the next thing that is known to come. */
function pauseOf({ at, nextRunAt, nextRetryAt }: CronOutlook): number {
  const times = [nextRunAt, nextRetryAt].flatMap((time) => (time === null ? [] : Date.parse(time)))
  return Math.max(1, Math.min(...times) - Date.parse(at))
}
