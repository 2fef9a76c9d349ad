import type { RunStore } from '../../ports/run-store.ts'
import type { Run } from '../../run/run.ts'

/** A request for runs, under a claim id of a worker. */
interface Turn {
  /** Somebody has asked under the same id since. */
  isOver: boolean
  taking: Promise<unknown>
}

const turns = new WeakMap<RunStore, Map<string, Turn>>()

/**
 * Takes a turn under a claim id. Whoever asks again under it has given up their request before, which takes nothing from then on; what it
 * is just taking is waited for, so that the new answer has it. Of this process alone: elsewhere the lease brings back what nobody got.
 */
export function takeTurn(store: RunStore, claim: string | undefined) {
  const all = turns.get(store) ?? new Map<string, Turn>()
  turns.set(store, all)
  const before = claim === undefined ? undefined : all.get(claim)
  if (before) before.isOver = true
  const mine: Turn = { isOver: false, taking: before?.taking ?? Promise.resolve() }
  if (claim !== undefined) all.set(claim, mine)
  return {
    isOver: () => mine.isOver,
    /** Takes runs, after what the request before is taking. */
    async take(ask: () => Promise<Run[]>): Promise<Run[]> {
      const taking = mine.taking.catch(() => {}).then(ask)
      mine.taking = taking
      return await taking
    },
    end() {
      if (claim !== undefined && all.get(claim) === mine) all.delete(claim)
    },
  }
}
