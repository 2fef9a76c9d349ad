import type { Context } from '../../ports/context.ts'
import type { RunStore } from '../../ports/run-store.ts'
import type { RunEvent } from '../../run/event.ts'
import { isFinal } from '../../run/transitions.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { getRun } from './get-run.ts'
import { ListRunEvents } from './list-run-events.ts'

const POLL_EVERY_MS = 1_000
const PAGE = 500
/** How long one stream lasts; then the reader comes back with the last id it saw. */
export const FOLLOW_MS = 240_000

export type FollowRun = Pick<ListRunEvents, 'id' | 'after'>

/**
 * A run's events as they come, from after the given one on; null when the run has ended and all was told. Ends with the
 * run, after 240 s, or when `signal` aborts. All streams of one instance share one loop over the database.
 * Throws `not_found` before anything.
 */
export async function followRun(
  ctx: Context,
  input: FollowRun,
  signal: AbortSignal,
): Promise<AsyncIterable<RunEvent> | null> {
  requireScope(ctx, 'runs:read')
  const { id, after } = parseInput(ListRunEvents, input)
  const run = await getRun(ctx, { id })
  if (isFinal(run.state) && (await nextEvents(ctx, id, after)).length === 0) return null
  return follow(ctx, id, after, AbortSignal.any([signal, AbortSignal.timeout(FOLLOW_MS)]))
}

async function* follow(
  ctx: Context,
  id: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<RunEvent> {
  let last = after
  while (!signal.aborted) {
    const [run] = await ctx.runs.get([id])
    // Read after the state, so that the event which ended the run is in it.
    const events = await nextEvents(ctx, id, last)
    for (const event of events) yield event
    last = events.at(-1)?.id ?? last
    if (events.length > 0) continue
    if (!run || isFinal(run.state)) return
    await waitForEvents(ctx, id, last, signal)
  }
}

const nextEvents = (ctx: Context, runId: string, id: number) => ctx.runs.events([{ runId, id }], PAGE)

interface Reader {
  after: number
  wake: () => void
}

const loops = new WeakMap<RunStore, Map<string, Set<Reader>>>()

async function waitForEvents(ctx: Context, id: string, after: number, signal: AbortSignal): Promise<void> {
  const readers = readersOf(ctx)
  const ofRun = readers.get(id) ?? new Set()
  readers.set(id, ofRun)
  const woken = new AbortController()
  const reader = { after, wake: () => woken.abort() }
  ofRun.add(reader)
  // A hint from this instance spares the wait for the loop.
  await ctx.signals.wait(`run:${id}`, FOLLOW_MS, AbortSignal.any([signal, woken.signal]))
  ofRun.delete(reader)
  if (ofRun.size === 0) readers.delete(id)
}

function readersOf(ctx: Context): Map<string, Set<Reader>> {
  let readers = loops.get(ctx.runs)
  if (readers === undefined) {
    readers = new Map()
    loops.set(ctx.runs, readers)
    void poll(ctx, readers)
  }
  return readers
}

async function poll(ctx: Context, readers: Map<string, Set<Reader>>): Promise<void> {
  do {
    await ctx.signals.wait('events', POLL_EVERY_MS)
    const asked = [...readers].flatMap(([runId, all]) => [...all].map(({ after }) => ({ runId, id: after })))
    const events = asked.length === 0 ? [] : await ctx.runs.events(asked, PAGE).catch(() => [])
    for (const { runId } of events) for (const { wake } of [...(readers.get(runId) ?? [])]) wake()
  } while (readers.size > 0)
  loops.delete(ctx.runs)
}
