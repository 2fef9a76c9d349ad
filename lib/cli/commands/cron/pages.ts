import type { Verbs } from '../../../client/verbs.ts'
import { LIMITS } from '../../../run/limits.ts'

/** A page of a list. */
export interface Page<T> {
  data: T[]
  nextCursor: string | null
}

/** A list, page by page; `limit` of it at most, or all. */
export async function* pagesOf<T>(
  ask: (page: { limit: number; cursor?: string }) => Promise<Page<T>>,
  { limit = Number.POSITIVE_INFINITY, cursor }: { limit?: number | undefined; cursor?: string | undefined },
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

export type ShownCronJob = Awaited<ReturnType<Verbs['listCronJobs']>>['data'][number]

/** Every cron job, by name. */
export function cronJobPages(verbs: Verbs): AsyncGenerator<ShownCronJob[]> {
  return dataOf(pagesOf((page) => verbs.listCronJobs(page), {}))
}
