import type { Verbs } from '../../../../client/verbs.ts'
import { LIMITS } from '../../../../run/limits.ts'

type Page = Awaited<ReturnType<Verbs['listOutputs']>>

export interface PagesOptions {
  id: string
  /** Undefined: all there are. */
  limit?: number | undefined
  cursor?: string | undefined
}

/** A run's files, page by page, in order of path. */
export async function* outputPages(verbs: Verbs, { id, limit, cursor }: PagesOptions): AsyncGenerator<Page> {
  let after = cursor
  for (let left = limit ?? Number.POSITIVE_INFINITY; ; ) {
    const page: Page = await verbs.listOutputs({
      id,
      limit: Math.min(left, LIMITS.pageSize),
      ...(after === undefined ? {} : { cursor: after }),
    })
    yield page
    left -= page.data.length
    if (page.nextCursor === null || left <= 0) return
    after = page.nextCursor
  }
}
