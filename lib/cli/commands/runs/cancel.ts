import type { Verbs } from '../../../client/verbs.ts'
import { isLedgerError, LedgerError } from '../../../run/errors.ts'
import { isFinal } from '../../../run/transitions.ts'
import type { CommandDependencies } from '../../outside.ts'
import { plainLine } from '../../terminal/plain-text.ts'
import { relativeTime } from '../../terminal/spoken-time.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'

export interface CancelOptions {
  id: string
  reason?: string | undefined
  /** Nobody is asked. */
  yes: boolean
}

const REFUSED = 4
const INTERRUPTED = 130

/** `runs cancel`: asks first. Declined, nothing is changed and it ends with 4, as refused; Ctrl-C ends it with 130. */
export async function cancelCommand(
  { id, reason, yes }: CancelOptions,
  deps: CommandDependencies,
): Promise<number> {
  const { terminal, format } = deps
  if (!yes && !terminal.canAsk())
    throw new LedgerError('invalid', 'cancel asks first, and there is no terminal to ask on: add --yes')
  return withVerbs(deps, async (verbs) => {
    const answer = yes ? 'yes' : await ask(id, verbs, deps)
    if (answer !== 'yes') {
      terminal.warn('nothing was changed')
      return answer === 'no' ? REFUSED : INTERRUPTED
    }
    const run = await verbs.cancelRun({ id, ...(reason === undefined ? {} : { reason }) })
    if (format !== 'text') terminal.print(toJson(run))
    else if (run.state === 'canceled') terminal.print(`Run ${run.id} is canceled.`)
    else {
      terminal.print(`Run ${run.id} is asked to stop; its worker hears of it at its next heartbeat.`)
      terminal.hint(`See it end: runledger runs tail ${run.id}`)
    }
    return 0
  })
}

/** A run that cannot be canceled is not worth a question: the verb says why. */
async function ask(id: string, verbs: Verbs, { terminal, now }: CommandDependencies) {
  const run = await verbs.getRun({ id }).catch((error: unknown) => {
    // A key may be allowed to cancel and not to read.
    if (isLedgerError(error) && error.code === 'forbidden') return null
    throw error
  })
  if (run === null) return terminal.confirm(`Cancel run ${id}?`)
  if (isFinal(run.state)) return 'yes'
  const since = run.state === 'running' ? `started ${relativeTime(run.startedAt, now())}` : 'queued'
  return terminal.confirm(`Cancel ${plainLine(run.name ?? run.kind)}, ${since} (run ${id})?`)
}
