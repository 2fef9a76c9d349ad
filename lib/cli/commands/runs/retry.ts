import type { CommandDependencies } from '../../outside.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'

/** `runs retry`: puts a failed or canceled run back into the queue. */
export async function retryCommand(
  { id, reason }: { id: string; reason?: string | undefined },
  deps: CommandDependencies,
): Promise<number> {
  const { terminal, format } = deps
  const run = await withVerbs(deps, (verbs) =>
    verbs.retryRun({ id, ...(reason === undefined ? {} : { reason }) }),
  )
  if (format !== 'text') terminal.print(toJson(run))
  else {
    terminal.print(`Run ${run.id} is queued again.`)
    terminal.hint(`Follow it: runledger runs tail ${run.id}`)
  }
  return 0
}
