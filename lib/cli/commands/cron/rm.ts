import { Patience } from '../../../client/patience.ts'
import type { Verbs } from '../../../client/verbs.ts'
import { isLedgerError, LedgerError } from '../../../run/errors.ts'
import type { CommandDependencies } from '../../outside.ts'
import { plainLine } from '../../terminal/plain-text.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'
import type { ShownCronJob } from './pages.ts'

const REFUSED = 4
const INTERRUPTED = 130
/** Each is half a minute of removing at most. */
const TRIES = 100

/**
 * `cron rm`: asks first. Declined, nothing is changed and it ends with 4, as refused; Ctrl-C ends it with 130. As JSON it prints
 * the job as it was.
 */
export async function rmCronCommand(
  { job, yes }: { job: string; yes: boolean },
  deps: CommandDependencies,
): Promise<number> {
  const { terminal, format } = deps
  if (!yes && !terminal.canAsk())
    throw new LedgerError('invalid', 'rm asks first, and there is no terminal to ask on: add --yes')
  return withVerbs(deps, async (verbs) => {
    const shown = await verbs.getCronJob({ job })
    const answer = yes ? 'yes' : await terminal.confirm(question(shown))
    if (answer !== 'yes') {
      terminal.warn('nothing was changed')
      return answer === 'no' ? REFUSED : INTERRUPTED
    }
    // By its id: meanwhile another may be called the same.
    await remove(verbs, shown.id)
    terminal.print(format === 'text' ? `Cron job ${plainLine(shown.name)} is deleted.` : toJson(shown))
    return 0
  })
}

/** Of a job with millions of executions some are left each time, and it is asked again until there are none. */
async function remove(verbs: Verbs, id: string): Promise<void> {
  const patience = new Patience([], TRIES)
  for (let isFirst = true; ; isFirst = false)
    try {
      return await verbs.deleteCronJob({ job: id })
    } catch (error) {
      // It was done, and only the answer was lost.
      if (!isFirst && isLedgerError(error) && error.code === 'not_found') return
      await patience.wait(error)
    }
}

function question({ name, statistics: { byStatus } }: ShownCronJob): string {
  const count = Object.values(byStatus).reduce((sum, some) => sum + some, 0)
  const history =
    count === 0 ? '' : `, and with it the history of ${count} execution${count === 1 ? '' : 's'}`
  return `Delete cron job ${plainLine(name)}${history}?`
}
