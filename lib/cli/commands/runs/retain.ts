import type { CommandDependencies } from '../../outside.ts'
import { spokenInstant } from '../../terminal/spoken-time.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'

export interface RetainOptions {
  id: string
  /** Null: no longer than the policies say. */
  until: string | null
  reason: string
}

/** `runs retain`: keeps a run from being deleted before an instant. */
export async function retainCommand(options: RetainOptions, deps: CommandDependencies): Promise<number> {
  const { terminal, format } = deps
  const run = await withVerbs(deps, (verbs) => verbs.retainRun(options))
  if (format !== 'text') terminal.print(toJson(run))
  else {
    const { id, retainUntil } = run
    terminal.print(
      retainUntil === null
        ? `Run ${id} is kept as long as the policies say.`
        : `Run ${id} is kept until ${spokenInstant(retainUntil)} at least.`,
    )
    terminal.hint(`What will happen to it: runledger retention explain ${id}`)
  }
  return 0
}
