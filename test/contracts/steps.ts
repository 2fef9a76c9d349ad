import { expect } from 'vitest'
import type { OpenStore } from '../../lib/ports/open-store.ts'
import type { ClaimRequest, Move, MoveGuard, NewRun, RunPatch } from '../../lib/ports/run-store.ts'
import type { RunEvent } from '../../lib/run/event.ts'
import { Run, type RunningRun } from '../../lib/run/run.ts'
import { newRun } from '../support/make.ts'
import { must } from './harness.ts'

export function claimRequest(overrides: Partial<ClaimRequest> = {}): ClaimRequest {
  return { projectId: null, workerId: 'worker-1', limit: 100, leaseSeconds: 60, ...overrides }
}

/** Adds runs and says how they are now. */
export async function enqueue(store: OpenStore, ...runs: NewRun[]): Promise<Run[]> {
  const inserted = await store.runs.insert(runs)
  expect(inserted.map((each) => each.inserted)).toEqual(runs.map(() => true))
  return inserted.map((each) => each.run)
}

/** Adds runs and claims just these, in the order given. They must share a project; each call is one claim. */
export async function startRuns(
  store: OpenStore,
  runs: NewRun[],
  request: Partial<ClaimRequest> = {},
): Promise<RunningRun[]> {
  await enqueue(store, ...runs)
  const projectId = must(runs[0]).projectId
  const claimed = await store.runs.claim(claimRequest({ projectId, ...request }))
  return runs.map(({ id }) => must(claimed.find((run) => run.id === id)) as RunningRun)
}

export async function startRun(
  store: OpenStore,
  overrides: Partial<NewRun> & { projectId: string },
  request: Partial<ClaimRequest> = {},
): Promise<RunningRun> {
  return must((await startRuns(store, [newRun(overrides)], request))[0])
}

export async function getRun(store: OpenStore, id: string): Promise<Run> {
  return must((await store.runs.get([id]))[0])
}

export async function eventsOf(store: OpenStore, runId: string): Promise<RunEvent[]> {
  return await store.runs.events([{ runId, id: 0 }], 1_000)
}

export async function eventTypes(store: OpenStore, runId: string): Promise<string[]> {
  return (await eventsOf(store, runId)).map((event) => event.type)
}

/** One move, one answer. */
export async function moveOne(store: OpenStore, move: Move): Promise<Run | null> {
  const answers = await store.runs.move([move])
  expect(answers).toHaveLength(1)
  return answers[0] ?? null
}

export const HELD = { leased: true } as const

export function succeed(run: { id: string; fence: number }, patch: RunPatch = {}): Move {
  return {
    id: run.id,
    from: ['running'],
    guard: { fence: run.fence, ...HELD },
    patch: { state: 'succeeded', finishedAt: 'now', progress: 100, ...patch },
    events: [{ type: 'run.succeeded', data: {} }],
    actor: 'worker-1',
  }
}

export function fail(run: { id: string; fence: number }, patch: RunPatch = {}): Move {
  return {
    id: run.id,
    from: ['running'],
    guard: { fence: run.fence, ...HELD },
    patch: { state: 'failed', finishedAt: 'now', error: 'no luck', errorCode: 'error', ...patch },
    events: [{ type: 'run.failed', data: {} }],
    actor: 'worker-1',
  }
}

export function cancel(id: string): Move {
  return {
    id,
    from: ['queued'],
    patch: { state: 'canceled', finishedAt: 'now' },
    events: [{ type: 'run.canceled', data: {} }],
    actor: 'test',
  }
}

export function requestCancel(id: string): Move {
  return {
    id,
    from: ['running'],
    guard: { cancelRequested: false },
    patch: { cancelRequestedAt: 'now' },
    events: [{ type: 'run.cancel_requested', data: {} }],
    actor: 'test',
  }
}

/** What the sweep does with a lost run that has attempts left. */
export function sweepBack(id: string, guard: MoveGuard = {}): Move {
  return {
    id,
    from: ['running'],
    guard: { lapsed: true, ...guard },
    patch: { state: 'queued', runAt: 'now', errorCode: 'lost' },
    events: [
      { type: 'run.lost', data: {} },
      { type: 'run.retried', data: {} },
    ],
    actor: 'system',
  }
}

export function retry(id: string, guard: MoveGuard = {}): Move {
  return {
    id,
    from: ['failed', 'canceled'],
    guard,
    patch: {
      state: 'queued',
      runAt: 'now',
      error: null,
      errorCode: null,
      attempt: 0,
      cancelRequestedAt: null,
    },
    events: [{ type: 'run.retried', data: {} }],
    actor: 'test',
  }
}

/** The run is what the model says a run is, with nothing of the store's own left in it. */
export function expectWellFormed(run: Run): void {
  expect(Run.parse(run)).toEqual(run)
}
