import type { Verbs } from '../../../client/verbs.ts'
import type { CronExecution } from '../../../run/cron-execution.ts'
import { LIMITS } from '../../../run/limits.ts'
import type { CommandDependencies } from '../../outside.ts'
import { dataOf, type Page, pagesOf, shownPart } from '../../pages.ts'
import { printPages } from '../../terminal/print-pages.ts'
import { withVerbs } from '../../with-verbs.ts'
import { cronJobPages } from './pages.ts'

type Filter = Omit<NonNullable<Parameters<Verbs['listCronExecutions']>[0]>, 'limit' | 'cursor'>

export interface HistoryOptions {
  filter: Filter
  limit?: number | undefined
  /** Every execution there is. */
  all: boolean
  cursor?: string | undefined
  /** The command that gives the page after this cursor. */
  nextPage: (cursor: string) => string
}

/** `cron history`: what came of one job or of all, newest first: what was fired, and what was not and why. */
export async function historyCronCommand(
  options: HistoryOptions,
  deps: CommandDependencies,
): Promise<number> {
  const { terminal, format } = deps
  const { filter, all, limit = LIMITS.defaultPageSize, cursor } = options
  return withVerbs(deps, async (verbs) => {
    const pages = pagesOf((page) => verbs.listCronExecutions({ ...filter, ...page }), {
      limit: all ? undefined : limit,
      cursor,
    })
    if (format !== 'text') await printPages(dataOf(pages), { terminal, format })
    else await show(pages, verbs, options, deps)
    return 0
  })
}

async function show(
  pages: AsyncIterable<Page<CronExecution>>,
  verbs: Verbs,
  { filter, cursor, nextPage }: HistoryOptions,
  { terminal, now }: CommandDependencies,
): Promise<void> {
  const { items: executions, next } = await shownPart(pages, terminal, 'executions')
  if (executions.length === 0) return terminal.print(nothing(filter, cursor))
  const { executionTable } = await import('../../terminal/execution-table.ts')
  // Of one job all are of the same name.
  const names = filter.job === undefined ? await namesOf(verbs) : null
  const options = { now: now(), width: terminal.width(), paint: terminal.paint }
  terminal.print(executionTable(executions, names, options))
  if (next !== null) terminal.hint(`\nThere are more: ${nextPage(next)}`)
}

async function namesOf(verbs: Verbs): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  for await (const jobs of cronJobPages(verbs)) for (const { id, name } of jobs) names.set(id, name)
  return names
}

function nothing({ job, ...filter }: Filter, cursor: string | undefined): string {
  if (cursor !== undefined) return 'That was the last page.'
  if (Object.keys(filter).length > 0) return 'No execution is like that.'
  return job === undefined ? 'No cron job has run yet.' : 'It has not run yet.'
}
