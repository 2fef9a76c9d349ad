import type { Verbs } from '../../../client/verbs.ts'
import type { RunEvent } from '../../../run/event.ts'
import { isFinal } from '../../../run/transitions.ts'
import type { CommandDependencies } from '../../outside.ts'
import { toJson } from '../../terminal/to-json.ts'
import { INTERRUPTED, untilInterrupted } from '../../until-interrupted.ts'
import { withVerbs } from '../../with-verbs.ts'
import { followEvents } from './follow-events.ts'
import { patientVerbs } from './patient-verbs.ts'
import { type TailedLog, tailLog } from './tail-log.ts'

export interface TailOptions {
  id: string
  /** How many lines of what was printed before are shown. Undefined: 100 on a screen, else all. */
  lines?: number | undefined
}

const RUN_FAILED = 1
const LINES_ON_SCREEN = 100

/**
 * `runs tail`: what happens to a run and what it prints, as it comes, until its end. As JSON the events alone. Ends with 0 when
 * the run has succeeded, else with 1; Ctrl-C ends the watching alone, with 130.
 */
export async function tailCommand(options: TailOptions, deps: CommandDependencies): Promise<number> {
  const { terminal, format } = deps
  const exitCode = await untilInterrupted(terminal, (signal) =>
    withVerbs(deps, async (verbs) => {
      // What is not there, or cannot be reached, is told at once; what goes later is waited for.
      const run = await verbs.getRun({ id: options.id })
      const watching = { ...options, isOver: isFinal(run.state), verbs: patientVerbs(verbs, signal), signal }
      return format === 'text' ? watch(watching, deps) : tell(watching, deps)
    }),
  )
  if (exitCode === INTERRUPTED) terminal.warn(`the run goes on: runledger runs tail ${options.id}`)
  return exitCode
}

interface Watching extends TailOptions {
  /** When it was first looked at. */
  isOver: boolean
  verbs: Verbs
  signal: AbortSignal
}

/** The events, for a program. */
async function tell(
  { id, verbs, signal }: Watching,
  { terminal, format }: CommandDependencies,
): Promise<number> {
  const events: RunEvent[] = []
  for await (const event of followEvents(verbs, { id, after: 0 }, signal)) {
    if (format === 'ndjson') terminal.print(toJson(event))
    else events.push(event)
  }
  if (signal.aborted) return INTERRUPTED
  const run = await verbs.getRun({ id })
  if (format === 'json') terminal.print(toJson({ run, events }))
  return run.state === 'succeeded' ? 0 : RUN_FAILED
}

/** Events and log in one, for a person. */
async function watch(
  { id, lines, isOver, verbs, signal }: Watching,
  deps: CommandDependencies,
): Promise<number> {
  const { TailView } = await import('../../terminal/tail-view.ts')
  const { terminal, now } = deps
  const read = () => verbs.getRun({ id })
  const view = new TailView(terminal, now, isOver ? null : read)
  signal.addEventListener('abort', () => view.close())
  try {
    const asked = lines ?? (terminal.width() === undefined ? undefined : LINES_ON_SCREEN)
    const log = await tailLog(verbs, { id, lines: asked, signal, warn: terminal.warn })
    const past = await allEvents(verbs, id)
    await showPast(log, past, view, terminal.flush)
    await showRest(log, { verbs, id, after: past.at(-1)?.id ?? 0, signal }, view, terminal.flush)
  } finally {
    view.close()
  }
  if (signal.aborted) return INTERRUPTED
  const run = await read()
  view.showEnd(run)
  return run.state === 'succeeded' ? 0 : RUN_FAILED
}

type View = InstanceType<typeof import('../../terminal/tail-view.ts').TailView>
type Flush = () => Promise<void>

/** What was, by the time at which it was: the same whenever it is looked at. */
async function showPast({ past }: TailedLog, events: RunEvent[], view: View, flush: Flush): Promise<void> {
  let next = 0
  for await (const lines of past) {
    let from = 0
    for (const [n, { at }] of lines.entries())
      for (let event = events[next]; event && at !== null && event.at <= at; event = events[++next]) {
        view.showLines(lines.slice(from, n))
        view.show(event)
        from = n
      }
    view.showLines(lines.slice(from))
    await flush()
  }
  for (const event of events.slice(next)) view.show(event)
}

/** What comes, as it comes, until the run has ended and its log was read to its end. */
async function showRest(
  { rest }: TailedLog,
  { verbs, id, after, signal }: { verbs: Verbs; id: string; after: number; signal: AbortSignal },
  view: View,
  flush: Flush,
): Promise<void> {
  const failed = new AbortController()
  const stop = AbortSignal.any([signal, failed.signal])
  const showEvents = async () => {
    for await (const event of followEvents(verbs, { id, after }, stop)) view.show(event)
  }
  const showLog = async () => {
    for await (const lines of rest(stop)) {
      view.showLines(lines)
      await flush()
    }
  }
  try {
    await Promise.all([showEvents(), showLog()])
  } finally {
    failed.abort()
  }
}

async function allEvents(verbs: Verbs, id: string): Promise<RunEvent[]> {
  const all: RunEvent[] = []
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<Verbs['listRunEvents']>> = await verbs.listRunEvents({ id, after })
    all.push(...page.data)
    after = page.nextAfter
  }
  return all
}
