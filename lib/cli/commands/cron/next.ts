import { LedgerError } from '../../../run/errors.ts'
import type { CommandDependencies } from '../../outside.ts'
import type { Due } from '../../terminal/due-table.ts'
import { printPages } from '../../terminal/print-pages.ts'
import { withVerbs } from '../../with-verbs.ts'
import { type DueOptions, whatIsDue } from './what-is-due.ts'

/** `cron next`: when a job, a schedule, or all jobs are due. */
export async function nextCronCommand(options: DueOptions, deps: CommandDependencies): Promise<number> {
  const { terminal, format } = deps
  if (options.job !== undefined && options.schedule !== undefined)
    throw new LedgerError('invalid', 'name a job or give --schedule, not both')
  if (options.timeZone !== undefined && options.schedule === undefined)
    throw new LedgerError('invalid', '--time-zone goes with --schedule: a job has its own')
  const { head, times } = await withVerbs(deps, (verbs) => whatIsDue(verbs, options, deps))
  if (format !== 'text') await printPages(one(times), { terminal, format })
  else {
    if (head.length > 0) terminal.print(head.join('\n'))
    if (times.length > 0) terminal.print(await toText(times, options, deps))
  }
  return 0
}

async function toText(
  times: Due[],
  { job, schedule }: DueOptions,
  { terminal, now }: CommandDependencies,
): Promise<string> {
  const { dueTable } = await import('../../terminal/due-table.ts')
  const isOfAll = job === undefined && schedule === undefined
  return dueTable(times, { isOfAll, now: now(), width: terminal.width(), paint: terminal.paint })
}

async function* one<T>(page: T): AsyncGenerator<T> {
  yield page
}
