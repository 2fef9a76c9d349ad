import { describe, expect, it } from 'vitest'
import { isFinal, RunState, TRANSITIONS } from '../../lib/run/transitions.ts'

/** The legal moves as the vocabulary page lists them. */
const LEGAL: Record<RunState, RunState[]> = {
  queued: ['running', 'canceled'],
  // To itself, when a cancel is asked for.
  running: ['running', 'succeeded', 'failed', 'canceled', 'queued'],
  succeeded: [],
  // Retried, or lost and told of later.
  failed: ['queued', 'succeeded', 'failed', 'canceled'],
  canceled: ['queued'],
}
const states = RunState.options
const pairs = states.flatMap((from) => states.map((to) => ({ from, to, legal: LEGAL[from].includes(to) })))

const canMove = (from: RunState, to: RunState) =>
  Object.values(TRANSITIONS).some(
    (rule) =>
      (rule.from as readonly RunState[]).includes(from) && (rule.to as readonly RunState[]).includes(to),
  )

describe('moves between states', () => {
  it.each(pairs)('$from to $to: $legal', ({ from, to, legal }) => {
    expect(canMove(from, to)).toBe(legal)
  })

  it('lead out of a final state only by a retry or a recovery', () => {
    const ways = Object.entries(TRANSITIONS).filter(([, { from }]) => from.some(isFinal))
    expect(ways.map(([name]) => name)).toEqual(['retry', 'recover'])
  })

  it('never bring a canceled run anywhere but into the queue, nor a succeeded one anywhere', () => {
    expect(states.filter((to) => canMove('canceled', to))).toEqual(['queued'])
    expect(states.filter((to) => canMove('succeeded', to))).toEqual([])
  })
})

describe('isFinal', () => {
  it.each(states)('of %s', (state) => {
    expect(isFinal(state)).toBe(['succeeded', 'failed', 'canceled'].includes(state))
  })
})
