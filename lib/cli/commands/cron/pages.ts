import type { Verbs } from '../../../client/verbs.ts'
import { dataOf, pagesOf } from '../../pages.ts'

export type ShownCronJob = Awaited<ReturnType<Verbs['listCronJobs']>>['data'][number]

/** Every cron job, by name. */
export function cronJobPages(verbs: Verbs): AsyncGenerator<ShownCronJob[]> {
  return dataOf(pagesOf((page) => verbs.listCronJobs(page)))
}
