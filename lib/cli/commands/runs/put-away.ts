import type { Verbs } from '../../../client/verbs.ts'
import type { Run } from '../../../run/run.ts'
import type { CommandDependencies } from '../../outside.ts'
import { spokenBytes } from '../../terminal/spoken-time.ts'
import { toJson } from '../../terminal/to-json.ts'
import { INTERRUPTED, untilInterrupted } from '../../until-interrupted.ts'
import { withVerbs } from '../../with-verbs.ts'
import { seeStorageThrough } from './see-storage-through.ts'

export interface PutAwayOptions {
  id: string
  /** Until it is through. */
  wait: boolean
}

type Verb = 'archive' | 'restore'

/** How long it takes at most where nobody waits for it. */
const SHORT_MS = 10_000

/**
 * `runs archive`: puts a run's log and files into its archive, and waits until that is through. With `--no-wait` it is begun, and gone on with by
 * the server. Ctrl-C ends the waiting alone, with 130.
 */
export const archiveCommand = (options: PutAwayOptions, deps: CommandDependencies) =>
  putAway('archive', options, deps)

/** `runs restore`: puts them back; also of a deleted run, while its grace lasts. Waits as `runs archive` does. */
export const restoreCommand = (options: PutAwayOptions, deps: CommandDependencies) =>
  putAway('restore', options, deps)

async function putAway(verb: Verb, { id, wait }: PutAwayOptions, deps: CommandDependencies): Promise<number> {
  const { terminal, format } = deps
  const exitCode = await untilInterrupted(terminal, (signal) =>
    withVerbs(deps, async (verbs) => {
      const run = await archiveOrRestore(verb, { id, wait }, { verbs, deps, signal })
      if (signal.aborted) return INTERRUPTED
      if (format !== 'text') terminal.print(toJson(run))
      else tell(verb, run, deps)
      return 0
    }),
  )
  if (exitCode === INTERRUPTED)
    terminal.warn(`what has begun goes on by itself: runledger retention explain ${id}`)
  return exitCode
}

interface Work {
  verbs: Verbs
  deps: CommandDependencies
  signal: AbortSignal
}

/** Asks for it, until it is through where that is waited for, and shows meanwhile that it is on its way. */
export async function archiveOrRestore(
  verb: Verb,
  { id, wait }: PutAwayOptions,
  { verbs, deps: { terminal, now }, signal }: Work,
): Promise<Run> {
  const ask = verb === 'archive' ? verbs.archiveRun : verbs.restoreRun
  return await seeStorageThrough(
    {
      ask: () => ask({ id }, { signal, ...(wait ? {} : { budgetMs: SHORT_MS }) }),
      look: () => verbs.getRun({ id }),
      underWay: verb === 'archive' ? 'archiving' : 'restoring',
    },
    { wait, status: terminal.status, now, signal },
  )
}

function tell(verb: Verb, run: Run, { terminal }: CommandDependencies): void {
  const { id, storageState, archiveBytes, outputCount, outputBytes, logBytes } = run
  if (storageState === 'archiving' || storageState === 'restoring') {
    terminal.print(`Run ${id} is being ${verb}d; it goes on by itself.`)
    terminal.hint(`See how it stands: runledger retention explain ${id}`)
  } else if (verb === 'archive') {
    const before = spokenBytes(outputBytes + logBytes)
    terminal.print(`Run ${id} is archived: ${before} as one file of ${spokenBytes(archiveBytes ?? 0)}.`)
    terminal.hint(`Save that: runledger runs archive ${id} --download .`)
    terminal.hint(`Put it back: runledger runs restore ${id}`)
  } else {
    const files = outputCount === 1 ? '1 file' : `${outputCount} files`
    terminal.print(`Run ${id} is restored: its log and ${files}, ${spokenBytes(outputBytes + logBytes)}.`)
    terminal.hint(`What will happen to it: runledger retention explain ${id}`)
  }
}
