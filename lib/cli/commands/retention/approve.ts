import type { Verbs } from '../../../client/verbs.ts'
import type { CommandDependencies } from '../../outside.ts'
import { spokenInstant } from '../../terminal/spoken-time.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'

type ApproveOptions = Parameters<Verbs['approveSweep']>[0]

/** `retention approve`: lets a sweep through that would delete more than is usual. */
export async function approveCommand(options: ApproveOptions, deps: CommandDependencies): Promise<number> {
  const { terminal, format } = deps
  const sweep = await withVerbs(deps, (verbs) => verbs.approveSweep(options))
  if (format !== 'text') terminal.print(toJson(sweep))
  else {
    const { mostRuns = 0, expiresAt = '' } = sweep.approval ?? {}
    terminal.print(`Up to ${mostRuns} runs may be deleted until ${spokenInstant(expiresAt)}.`)
    terminal.hint(`The next sweep does it, or now: runledger retention sweep ${sweep.kind}`)
  }
  return 0
}
