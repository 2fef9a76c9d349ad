import type { Context } from '../../../lib/ports/context.ts'

/** A context whose process dies before the `step`th call to a store; how many calls it made. */
export function dyingAt(ctx: Context, step: number): { ctx: Context; calls: () => number } {
  let made = 0
  const dying = <T extends object>(store: T): T =>
    new Proxy(store, {
      get(target, name) {
        const value = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return (...given: unknown[]) => {
          made++
          // Whatever the process would do after that does not happen.
          if (made >= step) return new Promise((_, reject) => reject(new Error('killed here')))
          return value.apply(target, given)
        }
      },
    })
  const { objects, logs, runs, outputs, archives, deletions, retentionStore } = ctx
  return {
    calls: () => made,
    ctx: {
      ...ctx,
      objects: dying(objects),
      logs: dying(logs),
      runs: dying(runs),
      outputs: dying(outputs),
      archives: dying(archives),
      deletions: dying(deletions),
      retentionStore: dying(retentionStore),
    },
  }
}
