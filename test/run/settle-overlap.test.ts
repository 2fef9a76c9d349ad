import { describe, expect, it } from 'vitest'
import { type Arriving, MOST_OPEN, type OpenExecution, settleOverlap } from '../../lib/run/settle-overlap.ts'

const NOON = '2026-05-04T12:00:00.000Z'
const arriving = (...statuses: Arriving['status'][]) => statuses.map((status) => ({ status, reason: null }))
const open = (count: number): OpenExecution[] =>
  Array.from({ length: count }, (_, n) => ({
    id: `E${n}`,
    status: n === 0 ? 'running' : 'queued',
    scheduledFor: NOON,
  }))

const settle = (...given: Parameters<typeof settleOverlap>) =>
  settleOverlap(...given).map(({ status, mayBegin }) => (mayBegin ? 'begins' : status))

describe('an occurrence', () => {
  it('begins where nothing is at work', () => {
    for (const policy of ['skip', 'queue', 'allow'] as const)
      expect(settle(arriving('queued'), policy, [])).toEqual(['begins'])
  })

  it('is skipped, waits or begins beside what is at work', () => {
    expect(settle(arriving('queued'), 'skip', open(1))).toEqual(['skipped'])
    expect(settle(arriving('queued'), 'queue', open(1))).toEqual(['queued'])
    expect(settle(arriving('queued'), 'allow', open(1))).toEqual(['begins'])
  })

  it('that is skipped says what it found', () => {
    const [skipped] = settleOverlap(arriving('queued'), 'skip', open(1))
    expect(skipped?.reason).toBe(`execution E0 (of ${NOON}) is still running`)
    const byHand = { id: 'E9', status: 'queued', scheduledFor: null } as const
    const [other] = settleOverlap(arriving('queued'), 'skip', [byHand])
    expect(other?.reason).toBe('execution E9 (triggered by hand) is still queued')
  })

  it('is never in the way of those it comes with', () => {
    expect(settle(arriving('missed', 'queued', 'queued'), 'skip', [])).toEqual(['missed', 'begins', 'queued'])
    expect(settle(arriving('queued', 'queued'), 'allow', [])).toEqual(['begins', 'begins'])
  })

  it('that was missed or skipped stays so', () => {
    expect(settle(arriving('missed', 'skipped'), 'queue', open(1))).toEqual(['missed', 'skipped'])
  })

  it('is skipped with the reason where too many are open already, whatever the policy', () => {
    expect(settle(arriving('queued', 'queued'), 'allow', open(MOST_OPEN - 1))).toEqual(['begins', 'skipped'])
    const [, skipped] = settleOverlap(arriving('queued', 'queued'), 'allow', open(MOST_OPEN - 1))
    expect(skipped?.reason).toContain('100 executions of this job are at work or waiting')
    expect(settle(arriving('queued', 'queued'), 'queue', open(MOST_OPEN - 1))).toEqual(['queued', 'skipped'])
  })
})
