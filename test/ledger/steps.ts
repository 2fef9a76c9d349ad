import { expect } from 'vitest'
import { type Claimed, type ClaimRuns, claimRuns } from '../../lib/ledger/runs/claim-runs.ts'
import { type EnqueueItem, enqueueRun } from '../../lib/ledger/runs/enqueue-run.ts'
import type { Context } from '../../lib/ports/context.ts'
import { isLedgerError, type LedgerError } from '../../lib/run/errors.ts'
import type { RunEvent } from '../../lib/run/event.ts'
import type { Run } from '../../lib/run/run.ts'
import { must } from '../contracts/harness.ts'
import type { Tenant, TestLedger } from '../support/open-ledger.ts'

/** A queued run of the actor's project. */
export async function enqueued(ctx: Context, item: Partial<EnqueueItem> = {}): Promise<Run> {
  return (await enqueueRun(ctx, { kind: 'test.run', ...item })).run
}

/** The one run the worker is given; it must be the only one that waits, or the first. */
export async function claimed(worker: Context, request: Partial<ClaimRuns> = {}): Promise<Claimed> {
  const all = await claimRuns(worker, { workerId: 'worker-1', ...request })
  expect(all).toHaveLength(1)
  return must(all[0])
}

/** A run in a worker's hands. */
export async function working(
  { person, worker }: Tenant,
  item: Partial<EnqueueItem> = {},
  request: Partial<ClaimRuns> = {},
): Promise<Claimed & { id: string }> {
  const { id } = await enqueued(person, item)
  const holding = await claimed(worker, request)
  expect(holding.run.id).toBe(id)
  return { ...holding, id }
}

/** The run as it is now. */
export async function stored({ store }: TestLedger, id: string): Promise<Run> {
  return must((await store.runs.get([id]))[0])
}

export async function eventsOf({ store }: TestLedger, runId: string): Promise<RunEvent[]> {
  return await store.runs.events([{ runId, id: 0 }], 1_000)
}

export async function eventTypes(ledger: TestLedger, runId: string): Promise<string[]> {
  return (await eventsOf(ledger, runId)).map(({ type }) => type)
}

/** The data of the last event of this type. */
export async function lastEvent(ledger: TestLedger, runId: string, type: string): Promise<RunEvent> {
  return must((await eventsOf(ledger, runId)).findLast((event) => event.type === type))
}

/** The error that the work is refused with. */
export async function refusal(work: Promise<unknown>): Promise<LedgerError> {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if ('error' in outcome && isLedgerError(outcome.error)) return outcome.error
  throw new Error('the test expected a LedgerError here', { cause: outcome })
}

/** What a run was and everything told about it, to see that something changed nothing. */
export async function wholeOf(ledger: TestLedger, id: string): Promise<unknown> {
  return { run: await stored(ledger, id), events: await eventsOf(ledger, id) }
}

/** How long after its last change the run may be taken, in milliseconds. */
export function waitOf(run: Run): number {
  return Date.parse(run.runAt) - Date.parse(run.updatedAt)
}

/** Postgres rounds the change, and cuts `runAt`, so that what waits for nothing is due at once. */
export const ROUNDING_MS = 1

/** Makes a delayed run due. */
export async function makeDue({ shift }: TestLedger, id: string): Promise<void> {
  await shift([id], 'runAt', -7_200)
}
