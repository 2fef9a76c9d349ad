import { describe, expect, it } from 'vitest'
import { jsonBytes } from '../../lib/run/answer-size.ts'
import { LIMITS } from '../../lib/run/limits.ts'
import type { Run } from '../../lib/run/run.ts'
import { RunBrief, toRunBrief } from '../../lib/run/run-brief.ts'

const AT = '2026-11-21T10:30:00.000Z'
const BIG = Number.MAX_SAFE_INTEGER

/** The longest of everything that a brief shows, and a text in everything else. */
const longest = {
  id: '7'.repeat(26),
  cronExecutionId: '7'.repeat(26),
  projectId: 'p'.repeat(100),
  kind: 'k'.repeat(200),
  idempotencyKey: '"'.repeat(255),
  state: 'succeeded',
  errorCode: 'canceled',
  attempt: BIG,
  maxAttempts: BIG,
  priority: 3,
  runAt: AT,
  fence: BIG,
  createdAt: AT,
  updatedAt: AT,
  startedAt: AT,
  finishedAt: AT,
  cancelRequestedAt: AT,
  progress: 100,
  exitCode: -2_147_483_648,
  durationMs: BIG,
  input: 'x'.repeat(LIMITS.inputBytes),
  error: '\u0001'.repeat(16_384),
  labels: { a: 'b' },
  name: 'n'.repeat(200),
} as unknown as Run

describe('a run in brief', () => {
  it('holds no texts, so that a full batch of the longest takes 2 MB', () => {
    const brief = toRunBrief(longest)
    expect(RunBrief.parse(brief)).toEqual(brief)
    expect(jsonBytes(brief) * LIMITS.enqueueBatch).toBeLessThan(2_000_000)
    expect(Object.keys(brief)).not.toEqual(expect.arrayContaining(['input']))
    expect(brief).toMatchObject({ id: longest.id, state: 'succeeded', finishedAt: AT })
  })
})
