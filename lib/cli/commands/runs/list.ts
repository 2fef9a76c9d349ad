import type { Verbs } from '../../../client/verbs.ts'
import { LIMITS } from '../../../run/limits.ts'
import type { Run } from '../../../run/run.ts'
import type { CommandDependencies } from '../../outside.ts'
import { dataOf, type Page, pagesOf, shownPart } from '../../pages.ts'
import { printPages } from '../../terminal/print-pages.ts'
import { withVerbs } from '../../with-verbs.ts'

type Filter = Omit<NonNullable<Parameters<Verbs['listRuns']>[0]>, 'limit'>

export interface ListOptions {
  filter: Filter
  /** Undefined: one page of the API's own size. */
  limit?: number | undefined
  /** Every run there is. */
  all: boolean
  /** The command that gives the page after this cursor. */
  nextPage: (cursor: string) => string
}

/** `runs list`: runs, newest first. More than fit in one answer of the API are asked for page by page. */
export async function listCommand(options: ListOptions, deps: CommandDependencies): Promise<number> {
  const { terminal, format } = deps
  const { filter, limit = LIMITS.defaultPageSize, all } = options
  return withVerbs(deps, async (verbs) => {
    const pages = pagesOf((page) => verbs.listRuns({ ...filter, ...page }), {
      limit: all ? undefined : limit,
      cursor: filter.cursor,
    })
    if (format !== 'text') await printPages(dataOf(pages), { terminal, format })
    else await show(pages, options, deps)
    return 0
  })
}

async function show(
  pages: AsyncIterable<Page<Run>>,
  { filter, nextPage }: ListOptions,
  { terminal, now }: CommandDependencies,
): Promise<void> {
  const { items: runs, next } = await shownPart(withoutInputs(pages), terminal, 'runs')
  if (runs.length === 0) return terminal.print(nothing(filter))
  const { runTable } = await import('../../terminal/run-table.ts')
  terminal.print(runTable(runs, { now: now(), width: terminal.width(), paint: terminal.paint }))
  if (next !== null) terminal.hint(`\nThere are more: ${nextPage(next)}`)
}

/** An input may be large, and has no place in a table. */
async function* withoutInputs(pages: AsyncIterable<Page<Run>>): AsyncGenerator<Page<Run>> {
  for await (const { data, nextCursor } of pages)
    yield { data: data.map((run) => ({ ...run, input: null })), nextCursor }
}

function nothing({ cursor, ...filter }: Filter): string {
  if (cursor !== undefined) return 'That was the last page.'
  if (Object.keys(filter).length > 0) return 'No run is like that. All there are: runledger runs list'
  return `There is no run yet. Record one:

  runledger exec --kind hello -- echo "hello, ledger"`
}
