import type { Context } from '../../ports/context.ts'
import type { ClaimedExecution } from '../../ports/cron-store.ts'
import type { EndedStatus } from '../../run/cron-execution.ts'
import type { Builtin } from './builtins.ts'
import { CRON_TOPIC } from './find-job.ts'
import { performExecution } from './perform-execution.ts'

/** The executions that one dispatch is at. */
export interface Work {
  /** How many of them are under way. */
  readonly size: number
  /** How those ended that have. */
  readonly ended: Record<EndedStatus, number>
  begin(claimed: ClaimedExecution, cutMs?: number): void
  /** Whether one has ended since this was asked last. */
  hasEndedSome(): boolean
  /** Resolves when none is under way. Throws what went wrong in noting how one ended. */
  allEnded(): Promise<void>
}

export interface WorkOptions {
  builtins: Readonly<Record<string, Builtin>>
  /** Aborts where nothing more may begin; what is under way then has `drainMs` to end. */
  signal: AbortSignal | undefined
  drainMs: number
}

/** Room for executions side by side. */
export function openWork(ctx: Context, { builtins, signal, drainMs }: WorkOptions): Work {
  const stopping = new AbortController()
  const underWay = new Set<Promise<void>>()
  const ended = { completed: 0, failed: 0, timeout: 0, canceled: 0 }
  let endedSome = false
  let trouble: unknown
  let draining: NodeJS.Timeout | undefined
  const drain = () => {
    draining = setTimeout(() => stopping.abort(), drainMs)
  }
  signal?.addEventListener('abort', drain, { once: true })

  async function perform(claimed: ClaimedExecution, cutMs: number | undefined): Promise<void> {
    try {
      const status = await performExecution(ctx, claimed, { builtins, cutMs, stop: stopping.signal })
      if (status !== null) ended[status]++
    } catch (error) {
      // It stays as it is until its lease runs out.
      trouble ??= error
      ctx.log.warn('could not note how an execution ended', { executionId: claimed.execution.id, error })
    }
  }

  return {
    ended,
    get size() {
      return underWay.size
    },
    begin(claimed, cutMs) {
      const done = perform(claimed, cutMs).finally(() => {
        underWay.delete(done)
        endedSome = true
        ctx.signals.emit(CRON_TOPIC)
      })
      underWay.add(done)
    },
    hasEndedSome() {
      const was = endedSome
      endedSome = false
      return was
    },
    async allEnded() {
      await Promise.all(underWay)
      clearTimeout(draining)
      signal?.removeEventListener('abort', drain)
      if (trouble !== undefined) throw trouble
    },
  }
}
