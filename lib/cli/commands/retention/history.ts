import type { Verbs } from '../../../client/verbs.ts'
import { LIMITS } from '../../../run/limits.ts'
import type { Sweep } from '../../../run/sweep.ts'
import type { CommandDependencies } from '../../outside.ts'
import { dataOf, type Page, pagesOf, shownPart } from '../../pages.ts'
import { plainLine } from '../../terminal/plain-text.ts'
import { printPages } from '../../terminal/print-pages.ts'
import { relativeTime, spokenDuration } from '../../terminal/spoken-time.ts'
import { lookOfSweep, markedSweep, sweepFigures } from '../../terminal/sweep-words.ts'
import type { Column } from '../../terminal/table.ts'
import { withVerbs } from '../../with-verbs.ts'

type Filter = Omit<NonNullable<Parameters<Verbs['listSweeps']>[0]>, 'limit' | 'cursor'>

export interface HistoryOptions {
  filter: Filter
  limit?: number | undefined
  /** Every sweep there is. */
  all: boolean
  cursor?: string | undefined
  /** The command that gives the page after this cursor. */
  nextPage: (cursor: string) => string
}

/** `retention history`: the sweeps that were made, newest first, what they did, and what went wrong. */
export async function historyCommand(options: HistoryOptions, deps: CommandDependencies): Promise<number> {
  const { terminal, format } = deps
  const { filter, all, limit = LIMITS.defaultPageSize, cursor } = options
  return await withVerbs(deps, async (verbs) => {
    const part = { limit: all ? undefined : limit, cursor }
    const pages = pagesOf((page) => verbs.listSweeps({ ...filter, ...page }), part)
    if (format !== 'text') await printPages(dataOf(pages), { terminal, format })
    else await show(pages, options, deps)
    return 0
  })
}

async function show(
  pages: AsyncIterable<Page<Sweep>>,
  { filter, cursor, nextPage }: HistoryOptions,
  { terminal, now }: CommandDependencies,
): Promise<void> {
  const { items: sweeps, next } = await shownPart(pages, terminal, 'sweeps')
  if (sweeps.length === 0) return terminal.print(nothing(filter, cursor))
  const { table } = await import('../../terminal/table.ts')
  const isScreen = terminal.width() !== undefined
  const columns: Column<Sweep>[] = [
    { head: 'ID', cell: ({ id }) => id },
    { head: 'WHEN', cell: ({ startedAt }) => relativeTime(startedAt, now()), style: () => 'dim', rank: 2 },
    { head: 'KIND', cell: ({ kind, dryRun }) => (dryRun ? `${kind} (dry run)` : kind) },
    {
      head: 'STATUS',
      cell: (sweep) => (isScreen ? markedSweep(sweep) : sweep.status),
      style: lookOfSweep,
    },
    { head: 'DID', cell: sweepFigures, rank: 1 },
    {
      head: 'TOOK',
      cell: ({ durationMs }) => (durationMs === null ? '' : spokenDuration(durationMs)),
      align: 'right',
      rank: 4,
    },
    { head: 'NOTE', cell: noteOn, min: 16, rank: 3 },
  ]
  terminal.print(table(columns, sweeps, { width: terminal.width(), paint: terminal.paint }))
  const waiting = sweeps.find(({ status, approval }) => status === 'needs_approval' && approval === null)
  if (waiting) terminal.hint(`\nLet it through: runledger retention approve ${waiting.id}`)
  const wrong = sweeps.find(({ errors }) => errors.length > 0)
  if (wrong) terminal.hint(`\nEverything that went wrong: runledger retention history ${wrong.kind} --json`)
  if (next !== null) terminal.hint(`\nThere are more: ${nextPage(next)}`)
}

/** What is most worth knowing: why it waits, or the first thing that went wrong. */
function noteOn({ status, plan, errors, more }: Sweep): string {
  if (status === 'needs_approval') return plainLine(String(plan.because ?? ''))
  const [first] = errors
  if (first === undefined) return more ? 'more remains' : ''
  const others = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return plainLine(`${first.item === null ? '' : `${first.item}: `}${first.message}${others}`)
}

function nothing(filter: Filter, cursor: string | undefined): string {
  if (cursor !== undefined) return 'That was the last page.'
  return Object.keys(filter).length > 0 ? 'No sweep is like that.' : 'No sweep has been made yet.'
}
