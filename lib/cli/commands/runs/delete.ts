import type { Verbs } from '../../../client/verbs.ts'
import type { DeletedRun } from '../../../run/deletion.ts'
import { LedgerError } from '../../../run/errors.ts'
import type { CommandDependencies } from '../../outside.ts'
import { plainLine } from '../../terminal/plain-text.ts'
import { spokenInstant } from '../../terminal/spoken-time.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'

export interface DeleteOptions {
  id: string
  reason: string
  mode?: 'soft' | 'hard' | undefined
  /** Nobody is asked. */
  yes: boolean
}

const REFUSED = 4
const INTERRUPTED = 130

/** `runs delete`: asks first. Declined, nothing is changed and it ends with 4, as refused; Ctrl-C ends it with 130. */
export async function deleteCommand(
  { id, reason, mode, yes }: DeleteOptions,
  deps: CommandDependencies,
): Promise<number> {
  const { terminal, format } = deps
  if (!yes && !terminal.canAsk())
    throw new LedgerError('invalid', 'delete asks first, and there is no terminal to ask on: add --yes')
  return await withVerbs(deps, async (verbs) => {
    const answer = yes ? 'yes' : await ask(id, verbs, deps)
    if (answer !== 'yes') {
      terminal.warn('nothing was changed')
      return answer === 'no' ? REFUSED : INTERRUPTED
    }
    const deleted = await verbs.deleteRun({ id, reason, ...(mode === undefined ? {} : { mode }) })
    if (format !== 'text') terminal.print(toJson(deleted))
    else tell(deleted, deps)
    return 0
  })
}

async function ask(id: string, verbs: Verbs, { terminal }: CommandDependencies) {
  const run = await verbs.getRun({ id })
  return await terminal.confirm(`Delete ${plainLine(run.name ?? run.kind)} (run ${id})?`)
}

function tell({ id, purgeAfter }: DeletedRun, { terminal }: CommandDependencies): void {
  if (purgeAfter === null) {
    terminal.print(`Run ${id} is deleted.`)
    return
  }
  terminal.print(`Run ${id} is deleted, and can be restored until ${spokenInstant(purgeAfter)}.`)
  terminal.hint(`Bring it back: runledger runs restore ${id}`)
}
