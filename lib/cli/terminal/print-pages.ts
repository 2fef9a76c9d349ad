import type { Format } from '../outside.ts'
import type { Terminal } from './terminal.ts'
import { toJson } from './to-json.ts'

/**
 * A list as JSON or NDJSON, printed page by page: nothing is kept of what was printed, however long the list, and a reader
 * that leaves is noticed before the next page is asked for.
 */
export async function printPages(
  pages: AsyncIterable<unknown[]>,
  { terminal, format }: { terminal: Terminal; format: Exclude<Format, 'text'> },
): Promise<void> {
  const [start, between, end] = format === 'json' ? ['[', ',', ']\n'] : ['', '\n', '\n']
  let before = start
  let isEmpty = true
  for await (const page of pages) {
    if (page.length === 0) continue
    terminal.write(before + page.map(toJson).join(between))
    before = between
    isEmpty = false
    await terminal.flush()
  }
  if (!isEmpty) terminal.write(end)
  else if (format === 'json') terminal.write('[]\n')
}

/** All of a list, for a table of it. */
export async function collectPages<T>(pages: AsyncIterable<T[]>, { flush }: Terminal): Promise<T[]> {
  const all: T[] = []
  for await (const page of pages) {
    all.push(...page)
    await flush()
  }
  return all
}
