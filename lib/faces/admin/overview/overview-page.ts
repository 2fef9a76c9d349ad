import { html } from 'hono/html'
import { listAlerts } from '../../../ledger/alerts/list-alerts.ts'
import { getCronSettings } from '../../../ledger/cron/cron-settings.ts'
import { upcomingCron } from '../../../ledger/cron/upcoming-cron.ts'
import { listRuns } from '../../../ledger/runs/list-runs.ts'
import { runOutcomes } from '../../../ledger/runs/run-outcomes.ts'
import { runStats } from '../../../ledger/runs/run-stats.ts'
import { typicalDurations } from '../../../ledger/runs/typical-durations.ts'
import type { Context } from '../../../ports/context.ts'
import type { PageCall, View } from '../page.ts'
import { panel } from '../parts/blocks.ts'
import { outcomesChart } from '../parts/outcomes-chart.ts'
import { count } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { isAdmin, type Reader } from '../reader.ts'
import { hasNoRun, noRunYet } from '../runs/no-run-yet.ts'
import { attention, attentionCount } from './attention.ts'
import { figuresOfDay } from './figures-of-day.ts'
import { nextCron } from './next-cron.ts'
import { queue } from './queue.ts'
import { runningNow } from './running-now.ts'
import { sinceWords } from './since-words.ts'

const REFRESH_SECONDS = 5
const RUNNING = 10
const ALERTS = 20
const CRON_JOBS = 8
const HOUR_MS = 3_600_000
const DAY_HOURS = 24

/** How everything stands now: what asks for somebody first. */
export async function overviewPage({ ctx, reader }: PageCall): Promise<View> {
  const read = await readAll(ctx, reader)
  const about = { section: 'overview', refresh: REFRESH_SECONDS } as const
  const needed = attentionCount(reader, read)
  if (read.isFresh)
    return {
      ...about,
      title: `${needed}Overview`,
      body: html`${head(reader)} ${attention(reader, read)} ${noRunYet()}`,
    }
  const { since, stats, outcomes, running, typical, cron, paused } = read
  const { failed } = outcomes.total
  const words = sinceWords(reader, since)
  return {
    ...about,
    title: `${needed}${failed === 0 ? '' : `${count(failed)} failed · `}Overview`,
    body: html`${head(reader)}
      ${attention(reader, read)} ${figuresOfDay({ stats, outcomes, since, words })}
      ${panel('Outcomes', outcomesChart(reader, outcomes, `How runs ended ${words}, by hour`))}
      ${runningNow(reader, { runs: running, total: stats.byState.running, typical })}
      <div class="columns">${queue(stats.queue)} ${cron === null ? '' : nextCron(reader, cron, paused)}</div>`,
  }
}

/** With the way to the alerts, also while there are none. */
const head = (reader: Reader) => html`<div class="page-head">
  <h1>Overview</h1>
  ${isAdmin(reader) ? html`<a class="button" href="${paths.alerts()}">Alerts</a>` : ''}
</div>`

async function readAll(ctx: Context, reader: Reader) {
  const since = new Date((Math.floor(reader.now / HOUR_MS) - DAY_HOURS) * HOUR_MS).toISOString()
  const [stats, outcomes, running, alerts, cron, settings] = await Promise.all([
    runStats(ctx, { since }),
    runOutcomes(ctx, { since, timed: true }),
    listRuns(ctx, { state: ['running'], sort: 'createdAt:asc', limit: RUNNING }, { isBrief: true }),
    isAdmin(reader) ? listAlerts(ctx, { limit: ALERTS }) : null,
    isAdmin(reader) ? upcomingCron(ctx, { limit: CRON_JOBS }) : null,
    isAdmin(reader) ? getCronSettings(ctx) : null,
  ])
  const kinds = running.data.map(({ kind }) => kind)
  const [typical, isFresh] = await Promise.all([
    typicalDurations(ctx, { kinds }),
    stats.total === 0 ? hasNoRun(ctx) : false,
  ])
  const hasMore = (alerts?.nextCursor ?? null) !== null
  return {
    since,
    stats,
    outcomes,
    running: running.data,
    isMoreRunning: running.nextCursor !== null,
    alerts: alerts?.data ?? null,
    hasMore,
    cron,
    paused: settings?.paused ? { by: null, at: null, ...settings.changes.paused } : null,
    typical,
    isFresh,
  }
}
