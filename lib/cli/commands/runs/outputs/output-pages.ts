import type { Verbs } from '../../../../client/verbs.ts'
import { type Part, pagesOf } from '../../../pages.ts'

export interface PagesOptions extends Part {
  id: string
}

/** A run's files, page by page, in order of path. */
export const outputPages = (verbs: Verbs, { id, ...part }: PagesOptions) =>
  pagesOf((page) => verbs.listOutputs({ id, ...page }), part)
