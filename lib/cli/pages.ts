import { LIMITS } from '../run/limits.ts'
import type { Terminal } from './terminal/terminal.ts'

/** A page of a list. */
export interface Page<T> {
  data: T[]
  nextCursor: string | null
}

/** How much of a list, and from where on. Undefined: all there is, from the first. */
export interface Part {
  limit?: number | undefined
  cursor?: string | undefined
}

/** A list, page by page. */
export async function* pagesOf<T>(
  ask: (page: { limit: number; cursor?: string }) => Promise<Page<T>>,
  { limit = Number.POSITIVE_INFINITY, cursor }: Part = {},
): AsyncGenerator<Page<T>> {
  for (let left = limit, after = cursor; ; ) {
    const size = Math.min(left, LIMITS.pageSize)
    const page = await ask({ limit: size, ...(after === undefined ? {} : { cursor: after }) })
    yield page
    left -= page.data.length
    if (page.nextCursor === null || left <= 0) return
    after = page.nextCursor
  }
}

/** What is on the pages. */
export async function* dataOf<T>(pages: AsyncIterable<Page<T>>): AsyncGenerator<T[]> {
  for await (const { data } of pages) yield data
}

/** All that is on the pages, for a table of it, and where there is more. Says how many there are while more come. */
export async function shownPart<T>(
  pages: AsyncIterable<Page<T>>,
  { draw, flush }: Terminal,
  what: string,
): Promise<{ items: T[]; next: string | null }> {
  const items: T[] = []
  let next: string | null = null
  for await (const { data, nextCursor } of pages) {
    items.push(...data)
    next = nextCursor
    if (next !== null) draw(`${items.length} ${what} …`)
    await flush()
  }
  draw(null)
  return { items, next }
}
