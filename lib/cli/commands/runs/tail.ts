import type { Verbs } from '../../../client/verbs.ts'
import type { RunEvent } from '../../../run/event.ts'
import type { Run } from '../../../run/run.ts'
import { isFinal } from '../../../run/transitions.ts'
import type { CommandDependencies } from '../../outside.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'

const RUN_FAILED = 1
const INTERRUPTED = 130
/** As a program ends that a closed pipe has killed: how the run ended is not known. */
const READER_LEFT = 141

/**
 * `runs tail`: what happens to a run, as it happens, until its end. Ends with 0 when the run has succeeded, else with 1;
 * Ctrl-C ends the watching alone, with 130.
 */
export async function tailCommand(id: string, deps: CommandDependencies): Promise<number> {
  const { terminal } = deps
  terminal.whenReaderLeaves(READER_LEFT)
  const { signal, release } = terminal.onInterrupt()
  const interrupted = new Promise<number>((resolve) => {
    signal.addEventListener('abort', () => resolve(INTERRUPTED))
  })
  try {
    // A server that hangs does not keep whoever wants to leave.
    const exitCode = await withVerbs(deps, (verbs) =>
      Promise.race([watch(id, verbs, signal, deps), interrupted]),
    )
    if (exitCode === INTERRUPTED) terminal.warn(`the run goes on: runledger runs tail ${id}`)
    return exitCode
  } finally {
    release()
  }
}

async function watch(
  id: string,
  verbs: Verbs,
  signal: AbortSignal,
  deps: CommandDependencies,
): Promise<number> {
  const { terminal, format } = deps
  const events: RunEvent[] = []
  const view = format === 'text' ? await openView(id, verbs, deps) : null
  signal.addEventListener('abort', () => view?.close())
  try {
    for await (const event of follow(id, verbs, signal)) {
      if (format === 'ndjson') terminal.print(toJson(event))
      if (format === 'json') events.push(event)
      view?.show(event)
    }
  } finally {
    view?.close()
  }
  if (signal.aborted) return INTERRUPTED
  const run = await verbs.getRun({ id })
  if (format === 'json') terminal.print(toJson({ run, events }))
  view?.showEnd(run)
  return run.state === 'succeeded' ? 0 : RUN_FAILED
}

/** All events of a run, to its end. One stream of the ledger ends before a long run does. */
async function* follow(id: string, verbs: Verbs, signal: AbortSignal): AsyncGenerator<RunEvent> {
  for (let after = 0; !signal.aborted; ) {
    const events = await verbs.followRun({ id, after }, signal)
    if (events === null) return
    for await (const event of events) {
      yield event
      after = event.id
    }
  }
}

async function openView(id: string, verbs: Verbs, deps: CommandDependencies) {
  const { TailView } = await import('../../terminal/tail-view.ts')
  const read = (): Promise<Run> => verbs.getRun({ id })
  const first = await read()
  return new TailView(deps.terminal, deps.now, isFinal(first.state) ? null : read)
}
