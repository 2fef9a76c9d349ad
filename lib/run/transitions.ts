import { z } from 'zod'

/** Source 004's five states. */
export const RunState = z
  .enum(['queued', 'running', 'succeeded', 'failed', 'canceled'])
  .meta({ id: 'RunState', description: 'Where the run is in its life' })
export type RunState = z.infer<typeof RunState>

export const FINAL_STATES = ['succeeded', 'failed', 'canceled'] as const satisfies readonly RunState[]
export type FinalState = (typeof FINAL_STATES)[number]

/** How a run may leave a state, and by what. The one table of legal moves (vocabulary page). */
export const TRANSITIONS = {
  claim: { from: ['queued'], to: ['running'] },
  complete: { from: ['running'], to: ['succeeded', 'failed', 'canceled', 'queued'] },
  sweep: { from: ['running'], to: ['failed', 'canceled', 'queued'] },
  cancel: { from: ['queued'], to: ['canceled'] },
  requestCancel: { from: ['running'], to: ['running'] },
  retry: { from: ['failed', 'canceled'], to: ['queued'] },
  /** Only a run that failed as *lost*, by the holder of its last lease. */
  recover: { from: ['failed'], to: ['succeeded', 'failed', 'canceled'] },
} as const satisfies Record<string, { from: readonly RunState[]; to: readonly RunState[] }>

/** Whether nothing more will happen to a run by itself. */
export function isFinal(state: RunState): state is FinalState {
  return (FINAL_STATES as readonly RunState[]).includes(state)
}
