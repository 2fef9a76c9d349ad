import { ulid } from 'ulid'
import type { NewRun } from '../../lib/ports/run-store.ts'

/** A run as a caller could enqueue it now, with an id of its own. */
export function newRun(overrides: Partial<NewRun> = {}): NewRun {
  return {
    id: ulid(),
    projectId: null,
    kind: 'test.run',
    name: null,
    input: null,
    idempotencyKey: null,
    idempotencyHash: null,
    maxAttempts: 1,
    priority: 1,
    runAt: { inMs: 0 },
    timeoutSeconds: null,
    labels: {},
    createdBy: 'test',
    ...overrides,
  }
}

/** `count` of them; `overrides` may depend on the number of the run, from 0. */
export function newRuns(
  count: number,
  overrides: Partial<NewRun> | ((n: number) => Partial<NewRun>) = {},
): NewRun[] {
  return Array.from({ length: count }, (_, n) =>
    newRun(typeof overrides === 'function' ? overrides(n) : overrides),
  )
}

/** A name nobody else has: for a project, a kind, a key of one test. */
export function unique(name: string): string {
  return `${name}-${ulid()}`
}
