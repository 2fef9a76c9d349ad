import { expect } from 'vitest'
import type { LogChunk, LogState, NewLogChunk } from '../../lib/ports/log-store.ts'
import type { OpenStore } from '../../lib/ports/open-store.ts'
import type { Move } from '../../lib/ports/run-store.ts'
import type { RunningRun } from '../../lib/run/run.ts'
import { unique } from '../support/make.ts'
import { must } from './harness.ts'
import { claimRequest, fail, moveOne, retry } from './steps.ts'

/** A chunk of ten bytes that an attempt sends, all of them kept. */
export function newChunk(
  run: { id: string; fence: number },
  offset: number,
  overrides: Partial<NewLogChunk> = {},
): NewLogChunk {
  const sentBytes = overrides.sentBytes ?? 10
  return {
    runId: run.id,
    fence: run.fence,
    offset,
    sentBytes,
    sentSha256: 'a'.repeat(64),
    bytes: sentBytes,
    sha256: 'b'.repeat(64),
    objectKey: unique(`logs/${run.id}/${run.fence}/live/${offset}`),
    endsInKey: false,
    ...overrides,
  }
}

/** Adds chunks of these sizes, one after the other, where the attempt's log is. */
export async function appendSizes(
  store: OpenStore,
  run: { id: string; fence: number },
  ...sizes: number[]
): Promise<LogState> {
  let state = must(await store.logs.state(run.id))
  for (const sentBytes of sizes)
    state = must(await store.logs.append(newChunk(run, state.nextOffset, { sentBytes })))
  return state
}

export async function stateOf(store: OpenStore, run: { id: string }): Promise<LogState> {
  return must(await store.logs.state(run.id))
}

export async function chunksOf(store: OpenStore, run: { id: string }): Promise<LogChunk[]> {
  return await store.logs.chunks(run.id, 0, 10_000)
}

/** A move that must be made. */
export async function moved(store: OpenStore, move: Move): Promise<void> {
  must(await moveOne(store, move))
}

/** The run as its next attempt has it, after this one has failed. */
export async function nextAttempt(store: OpenStore, run: RunningRun): Promise<RunningRun> {
  await moved(store, fail(run))
  await moved(store, retry(run.id))
  return await claimAgain(store, run)
}

export async function claimAgain(store: OpenStore, run: RunningRun): Promise<RunningRun> {
  const [claimed] = await store.runs.claim(claimRequest({ projectId: run.projectId, kinds: [run.kind] }))
  expect(claimed).toMatchObject({ id: run.id, fence: run.fence + 1 })
  return claimed as RunningRun
}

/** What recovers a run that is called lost (rule 1). */
export function recover(run: { id: string; fence: number }): Move {
  return {
    id: run.id,
    from: ['failed'],
    guard: { fence: run.fence, errorCode: 'lost' },
    patch: { state: 'succeeded', finishedAt: 'now', error: null, errorCode: null },
    events: [{ type: 'run.recovered', data: {} }],
    actor: 'worker-1',
  }
}

/** The chunks follow on each other without gaps, in position as in what each attempt sent. */
export function expectContiguous(chunks: LogChunk[], state: LogState): void {
  let position = 0
  for (const [n, chunk] of chunks.entries()) {
    const before = chunks[n - 1]
    expect(chunk.position).toBe(position)
    expect(chunk.offset).toBe(before?.fence === chunk.fence ? before.offset + before.sentBytes : 0)
    if (before !== undefined) expect(chunk.fence).toBeGreaterThanOrEqual(before.fence)
    position += chunk.bytes
  }
  expect(state.bytes).toBe(position)
}
