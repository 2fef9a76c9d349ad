import type { Run } from '../../../run/run.ts'
import { isFinal } from '../../../run/transitions.ts'
import type { CommandDependencies } from '../../outside.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'

/** `runs status`: all there is to know about one run. */
export async function statusCommand(id: string, deps: CommandDependencies): Promise<number> {
  const { terminal, format, now } = deps
  const run: Run = await withVerbs(deps, (verbs) => verbs.getRun({ id }))
  if (format !== 'text') terminal.print(toJson(run))
  else {
    const { runDetails } = await import('../../terminal/run-details.ts')
    terminal.print(runDetails(run, { now: now(), width: terminal.width(), paint: terminal.paint }))
    terminal.hint(`\n${nextStep(run)}`)
  }
  return 0
}

/** What a person is likely to want next. */
function nextStep({ id, state, origin, storageState }: Run): string {
  if (storageState === 'archived' || storageState === 'deleted')
    return `Put its files back: runledger runs restore ${id}`
  if (!isFinal(state)) return `Follow it: runledger runs tail ${id}`
  if (state !== 'succeeded' && origin === 'enqueued') return `Run it again: runledger runs retry ${id}`
  return `What happened to it: runledger runs events ${id}`
}
