import { Patience } from '../../../client/patience.ts'
import type { Verbs } from '../../../client/verbs.ts'
import type { LogMatches, SearchLog } from '../../../ledger/logs/search-log.ts'
import type { CommandDependencies } from '../../outside.ts'
import { printPages } from '../../terminal/print-pages.ts'
import { sendingBar } from '../../terminal/sending-bar.ts'
import { spokenBytes } from '../../terminal/spoken-time.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { untilInterrupted } from '../../until-interrupted.ts'
import { withVerbs } from '../../with-verbs.ts'

export interface SearchLogsOptions {
  id: string
  /** What is looked for, as it stands there, whatever its capitals. */
  text: string
  /** How many lines at most; undefined: all there are. */
  limit?: number | undefined
}

/** What `grep` ends with where it has found nothing. */
const NOTHING_FOUND = 1
/** What the API gives at once. */
const PAGE = 1_000
/** Some minutes in all: a server whose limit is reached says when to come back. */
const TRIES = 10

/**
 * `runs logs --search`: the lines of a log with a text in them, from its beginning to where it ends now, however long it is. How
 * far it is stands on stderr. Ends with 0 where there are any, else with 1.
 */
export async function searchLogsCommand(
  options: SearchLogsOptions,
  deps: CommandDependencies,
): Promise<number> {
  const { terminal, format } = deps
  const exitCode = await untilInterrupted(terminal, (signal) =>
    withVerbs(deps, async (verbs) => {
      const found = { lines: 0, total: 0 }
      const pages = counted(pagesOf(verbs, options, signal), found, terminal)
      if (format === 'text') await show(pages, deps)
      else await printPages(dataOf(pages), { terminal, format })
      if (found.lines > 0) return 0
      terminal.hint(`No line of its log (${spokenBytes(found.total)}) has that.`)
      return NOTHING_FOUND
    }),
  )
  terminal.status.draw(null)
  return exitCode
}

/** What goes wrong at first is told at once; a search that has begun is gone on with where it was, for some minutes. */
async function* pagesOf(
  verbs: Verbs,
  { id, text, limit = Number.POSITIVE_INFINITY }: SearchLogsOptions,
  signal: AbortSignal,
): AsyncGenerator<LogMatches> {
  const patience = new Patience([signal], TRIES)
  let left = limit
  for (let from: number | null = 0; from !== null && left > 0; ) {
    const isFirst = from === 0
    const asked: SearchLog = { id, q: text, from, limit: Math.min(left, PAGE) }
    const page: LogMatches | null = await verbs.searchLog(asked).catch(async (error) => {
      if (isFirst) throw error
      await patience.wait(error)
      return null
    })
    if (page === null) continue
    patience.went()
    yield page
    left -= page.data.length
    from = page.nextFrom
  }
}

async function* counted(
  pages: AsyncIterable<LogMatches>,
  found: { lines: number; total: number },
  { status }: Terminal,
): AsyncGenerator<LogMatches> {
  for await (const page of pages) {
    found.lines += page.data.length
    found.total = page.total
    yield page
    if (page.nextFrom !== null) sendingBar(status, 'searching', { sentBytes: page.to, bytes: page.total })
  }
}

async function* dataOf(pages: AsyncIterable<LogMatches>): AsyncGenerator<LogMatches['data']> {
  for await (const { data } of pages) yield data
}

async function show(pages: AsyncIterable<LogMatches>, { terminal, now }: CommandDependencies): Promise<void> {
  const { FoundLines } = await import('../../terminal/found-lines.ts')
  const lines = new FoundLines(terminal, now())
  for await (const { data, total } of pages) {
    if (data.length > 0) terminal.print(data.map((match) => lines.line(match, total)).join('\n'))
    await terminal.flush()
  }
}
