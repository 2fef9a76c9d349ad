import type { Context } from '../../../lib/ports/context.ts'

/** A context whose process dies before the `step`th call to a store. */
export function dyingAt(ctx: Context, step: number): { ctx: Context } {
  let made = 0
  return {
    ctx: watched(ctx, () => {
      made++
      // Whatever the process would do after that does not happen.
      if (made >= step) throw new Error('killed here')
    }),
  }
}

/** A context whose process is paused before the `step`th call to a store, until it is let go on. */
export function pausedAt(ctx: Context, step: number): { ctx: Context; reached: Promise<void>; goOn(): void } {
  const reached = Promise.withResolvers<void>()
  const paused = Promise.withResolvers<void>()
  let made = 0
  return {
    reached: reached.promise,
    goOn: () => paused.resolve(),
    ctx: watched(ctx, async () => {
      made++
      if (made !== step) return
      reached.resolve()
      await paused.promise
    }),
  }
}

/** A context whose calls to the stores are told of, before each and, where that is asked for, after it. */
export function watched(
  ctx: Context,
  before: () => void | Promise<void>,
  after: () => void | Promise<void> = () => {},
): Context {
  const of = <T extends object>(store: T): T =>
    new Proxy(store, {
      get(target, name) {
        const value = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return async (...given: unknown[]) => {
          await before()
          const answer = await value.apply(target, given)
          await after()
          return answer
        }
      },
    })
  const { objects, logs, runs, outputs, archives, deletions, retentionStore } = ctx
  return {
    ...ctx,
    objects: of(objects),
    logs: of(logs),
    runs: of(runs),
    outputs: of(outputs),
    archives: of(archives),
    deletions: of(deletions),
    retentionStore: of(retentionStore),
  }
}
