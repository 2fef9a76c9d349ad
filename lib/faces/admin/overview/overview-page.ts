import { html } from 'hono/html'
import { listAlerts } from '../../../ledger/alerts/list-alerts.ts'
import { upcomingCron } from '../../../ledger/cron/upcoming-cron.ts'
import { listRuns } from '../../../ledger/runs/list-runs.ts'
import { runOutcomes } from '../../../ledger/runs/run-outcomes.ts'
import { runStats } from '../../../ledger/runs/run-stats.ts'
import { typicalDurations } from '../../../ledger/runs/typical-durations.ts'
import type { Context } from '../../../ports/context.ts'
import { StorageState } from '../../../run/run.ts'
import type { PageCall, View } from '../page.ts'
import { empty, panel } from '../parts/blocks.ts'
import { outcomesChart } from '../parts/outcomes-chart.ts'
import { count } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { isAdmin, type Reader } from '../reader.ts'
import { attention, attentionCount } from './attention.ts'
import { figuresOfDay } from './figures-of-day.ts'
import { nextCron } from './next-cron.ts'
import { queue } from './queue.ts'
import { runningNow } from './running-now.ts'

const REFRESH_SECONDS = 5
const RUNNING = 10
const ALERTS = 20
const CRON_JOBS = 8
const DAY_MS = 86_400_000

/** How everything stands now: what asks for somebody first. */
export async function overviewPage({ ctx, reader }: PageCall): Promise<View> {
  const read = await readAll(ctx, reader)
  const about = { section: 'overview', refresh: REFRESH_SECONDS } as const
  const needed = attentionCount(reader, read)
  if (read.isFresh)
    return { ...about, title: `${needed}Overview`, body: firstRun(reader, attention(reader, read)) }
  const { stats, outcomes, running, typical, cron } = read
  const { failed } = outcomes.total
  return {
    ...about,
    title: `${needed}${failed === 0 ? '' : `${count(failed)} failed · `}Overview`,
    body: html`${head(reader)}
      ${attention(reader, read)} ${figuresOfDay(stats, outcomes)}
      ${panel('Outcomes', outcomesChart(reader, outcomes, 'How runs ended in the last 24 hours, by hour'))}
      ${runningNow(reader, { runs: running, total: stats.byState.running, typical })}
      <div class="columns">${queue(stats.queue)} ${cron === null ? '' : nextCron(reader, cron)}</div>`,
  }
}

/** With the way to the alerts, also while there are none. */
const head = (reader: Reader) => html`<div class="page-head">
  <h1>Overview</h1>
  ${isAdmin(reader) ? html`<a class="button" href="${paths.alerts()}">Alerts</a>` : ''}
</div>`

async function readAll(ctx: Context, reader: Reader) {
  const since = new Date(reader.now - DAY_MS).toISOString()
  const [stats, outcomes, running, alerts, cron] = await Promise.all([
    runStats(ctx, { since }),
    runOutcomes(ctx, { since, timed: true }),
    listRuns(ctx, { state: ['running'], sort: 'createdAt:asc', limit: RUNNING }, { isBrief: true }),
    isAdmin(reader) ? listAlerts(ctx, { limit: ALERTS }) : null,
    isAdmin(reader) ? upcomingCron(ctx, { limit: CRON_JOBS }) : null,
  ])
  const kinds = running.data.map(({ kind }) => kind)
  const [typical, isFresh] = await Promise.all([
    typicalDurations(ctx, { kinds }),
    stats.total === 0 ? hasNoRun(ctx) : false,
  ])
  const hasMore = (alerts?.nextCursor ?? null) !== null
  return {
    stats,
    outcomes,
    running: running.data,
    isMoreRunning: running.nextCursor !== null,
    alerts: alerts?.data ?? null,
    hasMore,
    cron,
    typical,
    isFresh,
  }
}

async function hasNoRun(ctx: Context): Promise<boolean> {
  const any = { storageState: [...StorageState.options], limit: 1 }
  return (await listRuns(ctx, any, { isBrief: true })).data.length === 0
}

const firstRun = (reader: Reader, above: ReturnType<typeof attention>) => html`${head(reader)}
  ${above}
  ${panel(
    'Track a first run',
    empty(
      'Nothing has run yet',
      html`Put this before any command, and what it prints, how long it takes and how it ends is kept here:<br />
        <code>npx runledger exec --kind hello -- echo hello</code><br />
        From another machine, set <code>RUNLEDGER_API_URL</code> and <code>RUNLEDGER_API_KEY</code> first.`,
    ),
  )}`
