import type { CommandDependencies } from '../../outside.ts'
import { spokenHoldEnd } from '../../terminal/storage-facts.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'

/** `runs hold`: keeps a run from being archived away or deleted. */
export async function holdCommand(
  { id, reason, until }: { id: string; reason: string; until?: string | undefined },
  deps: CommandDependencies,
): Promise<number> {
  const { terminal, format } = deps
  const run = await withVerbs(deps, (verbs) =>
    verbs.holdRun({ id, reason, ...(until === undefined ? {} : { until }) }),
  )
  if (format !== 'text') terminal.print(toJson(run))
  else {
    terminal.print(`Run ${run.id} is held ${spokenHoldEnd(run.holdUntil ?? '')}.`)
    terminal.hint(`End that: runledger runs release ${run.id}`)
  }
  return 0
}

/** `runs release`: ends the hold. */
export async function releaseCommand(
  { id, reason }: { id: string; reason?: string | undefined },
  deps: CommandDependencies,
): Promise<number> {
  const { terminal, format } = deps
  const run = await withVerbs(deps, (verbs) =>
    verbs.releaseRun({ id, ...(reason === undefined ? {} : { reason }) }),
  )
  if (format !== 'text') terminal.print(toJson(run))
  else {
    terminal.print(`Run ${run.id} is not held.`)
    terminal.hint(`What will happen to it: runledger retention explain ${run.id}`)
  }
  return 0
}
