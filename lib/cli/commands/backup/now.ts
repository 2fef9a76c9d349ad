import type { CommandDependencies } from '../../outside.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'
import { sizeInWords } from './in-words.ts'

/** Longer than any takes: no function's time is over here. */
const BUDGET_MS = 24 * 3_600_000

/** `backup now`: writes all tables to the object store. */
export async function backupNowCommand(deps: CommandDependencies): Promise<number> {
  const { terminal, format } = deps
  const made = await withVerbs(deps, (verbs) => verbs.backupLedger({ budgetMs: BUDGET_MS }))
  const { backup, removed } = made
  const gone = removed.map((id) => `\nremoved ${id}`).join('')
  terminal.print(format === 'text' ? `${backup.id}: ${sizeInWords(backup)}${gone}` : toJson(made))
  return 0
}
