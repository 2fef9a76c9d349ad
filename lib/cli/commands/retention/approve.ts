import type { Verbs } from '../../../client/verbs.ts'
import type { Sweep } from '../../../run/sweep.ts'
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
    terminal.hint(nextOf(sweep))
  }
  return 0
}

/** A cleanup that was asked for with days or a status goes on where the same is asked for. */
function nextOf({ kind }: Sweep): string {
  if (kind !== 'cleanup') return `The next sweep does it, or now: runledger retention sweep ${kind}`
  const again = 'POST /scripts/runs/cleanup: send the same request again'
  return `If it came of ${again}. Else the next sweep does it, or now: runledger retention sweep cleanup`
}
