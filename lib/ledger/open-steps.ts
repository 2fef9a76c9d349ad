import type { Context } from '../ports/context.ts'

/** Steps of which none keeps the others from theirs. */
export interface Steps {
  /** What the step gives back; null where it throws, which is logged. */
  take<T>(step: string, work: () => Promise<T>): Promise<T | null>
  /** Throws what the first of those threw that did. */
  end(): void
}

export function openSteps(ctx: Context): Steps {
  const troubles: unknown[] = []
  return {
    async take(step, work) {
      try {
        return await work()
      } catch (error) {
        ctx.log.error('a step could not be made; the others are, and the next time it is tried again', {
          step,
          error,
        })
        troubles.push(error)
        return null
      }
    },
    end() {
      if (troubles.length > 0) throw troubles[0]
    },
  }
}
