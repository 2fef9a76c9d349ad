import type { CommandDependencies } from '../../outside.ts'
import { toShell } from '../../program/to-shell.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'

/** `cron show`: all there is to know about one job. */
export async function showCronCommand(job: string, deps: CommandDependencies): Promise<number> {
  const { terminal, format, now } = deps
  const shown = await withVerbs(deps, (verbs) => verbs.getCronJob({ job }))
  if (format !== 'text') terminal.print(toJson(shown))
  else {
    const { cronDetails } = await import('../../terminal/cron-details.ts')
    terminal.print(cronDetails(shown, { now: now(), width: terminal.width(), paint: terminal.paint }))
    terminal.hint(`\nWhat came of it: ${toShell(['runledger', 'cron', 'history', shown.name], {})}`)
  }
  return 0
}
