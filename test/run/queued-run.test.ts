import { describe, expect, it } from 'vitest'
import { toQueuedRun } from '../../lib/run/queued-run.ts'
import { Run } from '../../lib/run/run.ts'

describe('a run that has just entered the queue', () => {
  const given = {
    id: '01KBQK6M3V8Z5W0X2Y4A6C8E9G',
    projectId: null,
    kind: 'script.pull',
    name: null,
    scriptId: 7,
    input: undefined,
    idempotencyKey: null,
    maxAttempts: 3,
    priority: 1,
    runAt: '2026-11-21T10:30:00.000Z',
    timeoutSeconds: null,
    createdBy: 'ci',
    createdAt: '2026-11-21T10:30:00.000Z',
    labels: { team: 'data' },
  }

  it('is a run as the model has it, with every field', () => {
    const run = toQueuedRun(given)
    expect(Run.parse(run)).toEqual(run)
    expect(Object.values(run)).not.toContain(undefined)
    expect(run).toMatchObject({ state: 'queued', input: null, origin: 'enqueued', attempt: 0, fence: 0 })
  })
})
