import { describe, expect, it } from 'vitest'
import { auditText, NO_HASH } from '../../lib/run/audit.ts'
import { canonicalJson } from '../../lib/run/canonical-json.ts'

describe('canonical JSON', () => {
  it.each([
    [{ b: 1, a: [{ d: null, c: 'x' }] }, '{"a":[{"c":"x","d":null}],"b":1}'],
    [[3, 1, 2], '[3,1,2]'],
    [{ a: undefined, b: { c: undefined } }, '{"b":{}}'],
    [
      { '\u20ac': 1, '\r': 2, 1: 3, '\ufb33': 4, '\ud83d\ude00': 5 },
      '{"\\r":2,"1":3,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":4}',
    ],
    [{ n: 1e21, m: 0.1, k: -0 }, '{"k":0,"m":0.1,"n":1e+21}'],
    ['a "text"', '"a \\"text\\""'],
  ])('of %j is one text', (value, text) => {
    expect(canonicalJson(value)).toBe(text)
  })
})

it('the text of an audit row holds all of it but its hash, in one order', () => {
  const row = {
    seq: 1,
    id: '01KBQK6M3V8Z5W0X2Y4A6C8E9G',
    action: 'run.held' as const,
    phase: null,
    at: '2026-01-01T00:00:00.000Z',
    actor: 'ada',
    requestId: null,
    sweepId: null,
    reason: 'an audit',
    jobId: null,
    jobName: null,
    projectId: null,
    folderName: null,
    createdAt: null,
    completedAt: null,
    archivedAt: null,
    deletedAt: null,
    createdBy: null,
    deletionReason: null,
    stats: { b: 1, a: 2 },
    prevHash: NO_HASH,
  }
  const { seq, stats, ...others } = row
  expect(auditText({ stats: { a: 2, b: 1 }, hash: 'x', ...others, seq })).toBe(auditText({ ...row, stats }))
  expect(auditText(row)).not.toContain('"hash"')
  for (const [name, value] of Object.entries(row)) {
    const other = { ...row, [name]: typeof value === 'number' ? value + 1 : { other: true } }
    expect(auditText(other), name).not.toBe(auditText(row))
  }
})
