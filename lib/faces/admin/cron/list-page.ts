import { html } from 'hono/html'
import { awaitingWorker } from '../../../ledger/cron/awaiting-worker.ts'
import { type ListCronJobs, listCronJobs } from '../../../ledger/cron/cron-jobs.ts'
import { cronStats } from '../../../ledger/cron/cron-stats.ts'
import { recentOccurrences } from '../../../ledger/cron/recent-occurrences.ts'
import type { Page, PageCall, View } from '../page.ts'
import { empty, pager, panel } from '../parts/blocks.ts'
import { paths } from '../paths.ts'
import { type CronFilter, filterBar, filterOf, queryOf } from './filter-bar.ts'
import { jobRows } from './job-rows.ts'
import { systemStatus } from './system-status.ts'

const REFRESH_SECONDS = 5
const PAGE = 50

export const listPage: Page = {
  method: 'get',
  path: paths.cron(),
  scope: 'admin',
  handler: show,
  isLive: true,
}

/** Every job with how it does, those that people made first; and how cron as a whole stands. */
async function show({ ctx, query, reader }: PageCall): Promise<View> {
  const filter = filterOf(query)
  const [stats, people, program, awaiting] = await Promise.all([
    cronStats(ctx),
    listCronJobs(ctx, {
      ...asked(filter),
      origin: 'people',
      limit: PAGE,
      ...(query.cursor ? { cursor: query.cursor } : {}),
    }),
    listCronJobs(ctx, { ...asked(filter), origin: 'program', limit: PAGE }),
    awaitingWorker(ctx),
  ])
  const lately = await recentOccurrences(ctx, { jobs: [...people.data, ...program.data].map(({ id }) => id) })
  const back = paths.cron(queryOf(filter))
  const rowsOf = (caption: string, jobs: typeof people.data) =>
    jobRows(reader, { caption, jobs, lately, awaiting, isPaused: stats.paused, back })
  return {
    title: 'Cron',
    section: 'cron',
    refresh: REFRESH_SECONDS,
    body: html`<div class="page-head"><h1>Cron</h1><a class="button main" href="${paths.newCronJob}">New job</a></div>
      ${systemStatus(reader, stats, awaiting.size)}
      ${filterBar(filter)}
      ${panel(
        'Jobs of people',
        people.data.length === 0
          ? nothing(filter)
          : html`${rowsOf('Jobs that people made', people.data)}
          ${pager({
            first: query.cursor ? back : null,
            next:
              people.nextCursor === null
                ? null
                : paths.cron({ ...queryOf(filter), cursor: people.nextCursor }),
          })}`,
      )}
      ${panel(
        'The program’s own',
        program.data.length === 0 ? nothing(filter, true) : rowsOf('The program’s own jobs', program.data),
      )}`,
  }
}

const asked = ({ show, q }: CronFilter): ListCronJobs => ({
  ...(show === 'enabled' ? { isEnabled: true } : {}),
  ...(show === 'disabled' ? { isEnabled: false } : {}),
  ...(show === 'failing' ? { isFailing: true } : {}),
  ...(q === undefined ? {} : { q }),
})

function nothing({ show, q }: CronFilter, isProgram = false) {
  if (show !== 'all' || q !== undefined)
    return empty('None of these matches', html`<a href="${paths.cron()}">Show all jobs</a>`)
  if (isProgram)
    return empty('None is made yet', 'The button “Make the program’s own jobs” above makes them.')
  return empty(
    'Nobody has made a job yet',
    html`<a href="${paths.newCronJob}">Make one here</a>, or with <code>runledger cron add</code>.`,
  )
}
