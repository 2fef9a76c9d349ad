import type { Verbs } from '../../../client/verbs.ts'
import { LIMITS } from '../../../run/limits.ts'
import type { Run } from '../../../run/run.ts'
import type { CommandDependencies } from '../../outside.ts'
import { printPages } from '../../terminal/print-pages.ts'
import { withVerbs } from '../../with-verbs.ts'

type Page = Awaited<ReturnType<Verbs['listRuns']>>
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
  return withVerbs(deps, async (verbs) => {
    if (format !== 'text') await printPages(dataOf(pages(verbs, options)), { terminal, format })
    else await show(pages(verbs, options), options, deps)
    return 0
  })
}

async function* dataOf(pages: AsyncIterable<Page>): AsyncGenerator<Run[]> {
  for await (const { data } of pages) yield data
}

async function* pages(
  verbs: Verbs,
  { filter, limit = LIMITS.defaultPageSize, all }: ListOptions,
): AsyncGenerator<Page> {
  let { cursor } = filter
  for (let left = all ? Number.POSITIVE_INFINITY : limit; ; ) {
    const page: Page = await verbs.listRuns({
      ...filter,
      limit: Math.min(left, LIMITS.pageSize),
      ...(cursor === undefined ? {} : { cursor }),
    })
    yield page
    left -= page.data.length
    if (page.nextCursor === null || left <= 0) return
    cursor = page.nextCursor
  }
}

async function show(
  pages: AsyncIterable<Page>,
  { filter, nextPage }: ListOptions,
  { terminal, now }: CommandDependencies,
): Promise<void> {
  const runs: Run[] = []
  let next: string | null = null
  for await (const { data, nextCursor } of pages) {
    next = nextCursor
    // An input may be large, and has no place in a table.
    runs.push(...data.map((run) => ({ ...run, input: null })))
    if (nextCursor !== null) terminal.draw(`${runs.length} runs …`)
    await terminal.flush()
  }
  terminal.draw(null)
  if (runs.length === 0) return terminal.print(nothing(filter))
  const { runTable } = await import('../../terminal/run-table.ts')
  terminal.print(runTable(runs, { now: now(), width: terminal.width(), paint: terminal.paint }))
  if (next !== null) terminal.hint(`\nThere are more: ${nextPage(next)}`)
}

function nothing({ cursor, ...filter }: Filter): string {
  if (cursor !== undefined) return 'That was the last page.'
  if (Object.keys(filter).length > 0) return 'No run is like that. All there are: runledger runs list'
  return `There is no run yet. Record one:

  runledger exec --kind hello -- echo "hello, ledger"`
}
