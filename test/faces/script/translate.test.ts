import { describe, expect, it } from 'vitest'
import { fromScriptStatus, toLogRow, toScriptStatus } from '../../../lib/faces/script/translate.ts'
import { toQueuedRun } from '../../../lib/run/queued-run.ts'
import type { Run } from '../../../lib/run/run.ts'
import { RunState } from '../../../lib/run/transitions.ts'
import { newRun } from '../../support/make.ts'

describe('the numbers of the old dashboard', () => {
  it.each([
    ['queued', 1],
    ['running', 2],
    ['succeeded', 0],
    ['failed', -1],
    ['canceled', -1],
  ] as const)('%s is %i', (state, status) => {
    expect(toScriptStatus(state)).toBe(status)
  })

  it('lead back to the states they stand for', () => {
    for (const state of RunState.options) expect(fromScriptStatus(toScriptStatus(state))).toContain(state)
    for (const status of [0, 1, 2, -1] as const)
      for (const state of fromScriptStatus(status)) expect(toScriptStatus(state)).toBe(status)
    expect(([0, 1, 2, -1] as const).map((status) => fromScriptStatus(status)[0])).toEqual([
      'succeeded',
      'queued',
      'running',
      'failed',
    ])
  })

  it.each([
    ['failed', 'the error', 'the error'],
    ['failed', null, 'half-way'],
    ['canceled', 'a reason', 'a reason'],
    ['canceled', null, 'canceled'],
    ['succeeded', null, 'half-way'],
    ['running', null, 'half-way'],
  ] as const)('a run that is %s with the error %s says: %s', (state, error, message) => {
    const at = '2026-11-21T10:30:00.000Z'
    const queued = toQueuedRun({ ...newRun(), scriptId: 1, runAt: at, createdAt: at })
    expect(toLogRow({ ...queued, state, error, progressMessage: 'half-way' } as Run).message).toBe(message)
  })
})
