import type { Context } from '../../ports/context.ts'
import type { QueueFilter, RunStore } from '../../ports/run-store.ts'

/** The hint that something was enqueued for a project. */
export const queueTopic = (projectId: string | null) => `queue:${projectId ?? ''}`

const PROBE_EVERY_MS = 500

/** Those of one instance that wait for the same queue. */
interface Watch {
  waiting: Set<() => void>
  end: () => void
}

const watches = new WeakMap<RunStore, Map<string, Watch>>()

/**
 * Resolves when the queue may have something, after `ms`, or when `signal` aborts. Holds no connection: all that wait for
 * the same queue in one instance share one loop, which asks the cheap question twice a second or at a hint.
 */
export function waitForQueue(
  ctx: Context,
  filter: QueueFilter,
  ms: number,
  signal?: AbortSignal,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const watch = watchOf(ctx, filter)
  const done = () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', done)
    watch.waiting.delete(done)
    resolve()
  }
  const timer = setTimeout(done, ms)
  signal?.addEventListener('abort', done)
  watch.waiting.add(done)
  return promise
}

function watchOf(ctx: Context, filter: QueueFilter): Watch {
  const all = watches.get(ctx.runs) ?? new Map<string, Watch>()
  watches.set(ctx.runs, all)
  const key = JSON.stringify([filter.projectId, filter.kinds?.toSorted()])
  let watch = all.get(key)
  if (watch === undefined) {
    watch = { waiting: new Set(), end: () => all.delete(key) }
    all.set(key, watch)
    void probe(ctx, filter, watch)
  }
  return watch
}

async function probe(ctx: Context, filter: QueueFilter, { waiting, end }: Watch): Promise<void> {
  do {
    await ctx.signals.wait(queueTopic(filter.projectId), PROBE_EVERY_MS * (0.8 + ctx.random() * 0.4))
    // A database that is away wakes them all: each says so to its own caller.
    const due = waiting.size > 0 && (await ctx.runs.hasDue(filter).catch(() => true))
    if (due) for (const wake of [...waiting]) wake()
  } while (waiting.size > 0)
  end()
}
