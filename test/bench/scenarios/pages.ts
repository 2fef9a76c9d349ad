import { createApp } from '../../../lib/app.ts'
import { syncCronJobs } from '../../../lib/ledger/cron/sync-cron-jobs.ts'
import { createKey } from '../../../lib/ledger/keys/keys.ts'
import { listRuns } from '../../../lib/ledger/runs/list-runs.ts'
import { type Browser, signedIn } from '../../support/dashboard.ts'
import type { Scenario } from '../bench.ts'
import { settle } from '../databases.ts'
import { fillFinished, fillQueued } from '../fill/fill-runs.ts'
import { fillStats } from '../fill/fill-stats.ts'
import { median, timed } from '../measure.ts'
import { openLedger } from '../peers/runledger.ts'
import type { Row, Table } from '../row.ts'
import { KINDS } from '../workload.ts'
import { firstPaints } from './first-paint.ts'

const MOST_MS = 200
const TIMES = 5

/** Each page of the dashboard, from request to its last byte, over a million runs that ended and some that wait. */
export const pages: Scenario = {
  name: 'pages',
  async run({ databases, sizes, say }) {
    const ledger = await openLedger(await databases.create())
    try {
      say(`pages: ${sizes.many} finished runs`)
      await fillFinished(ledger.url, sizes.many)
      await fillQueued(ledger.url, { count: sizes.few, kinds: KINDS })
      await fillStats(ledger.url)
      await settle(ledger.url)
      const { ctx } = ledger
      await syncCronJobs(ctx)
      const job = await ctx.cron.getJob('daily-cleanup-2am')
      const { key } = await createKey(ctx, { name: 'bench', scopes: ['admin'] })
      const app = createApp({ openPorts: async () => ctx, newId: ctx.newId, cronSecret: undefined })
      const browser = await signedIn({ app, admin: key })
      const { data } = await listRuns(ctx, { state: 'failed', limit: 1 })
      const rows: Row[] = []
      for (const path of pathsOf(data[0]?.id ?? '', job?.id ?? '')) rows.push(await measure(browser, path))
      const runs = `${(sizes.many + sizes.few).toLocaleString('en')} runs`
      const answered: Table = { scenario: 'pages', title: `A page of the dashboard, ${runs}`, rows }
      say('pages: their first paint')
      const seen = [
        '/admin',
        '/admin/runs',
        '/admin/runs?range=all',
        `/admin/runs/${data[0]?.id}`,
        '/admin/storage',
      ]
      const paints = await firstPaints({ databaseUrl: ledger.url, paths: seen, sizes, say })
      const painted: Table = {
        scenario: 'pages',
        title: `Its first paint in Chromium, ${runs}`,
        rows: paints,
      }
      return paints.length === 0 ? [answered] : [answered, painted]
    } finally {
      await ledger.close()
    }
  },
}

const pathsOf = (run: string, job: string): string[] => [
  '/admin',
  '/admin/alerts',
  '/admin/runs',
  '/admin/runs?state=failed',
  '/admin/runs?range=7d',
  '/admin/runs?range=30d',
  '/admin/runs?range=all',
  `/admin/runs?range=30d&kind=${KINDS[3]}`,
  '/admin/runs?range=all&project=acme',
  '/admin/runs?range=all&q=Invoice',
  '/admin/runs?range=all&storage=deleted',
  `/admin/runs/${run}`,
  `/admin/runs/${run}/log`,
  '/admin/cron',
  `/admin/cron/${job}`,
  '/admin/cron/new',
  '/admin/storage',
  '/admin/storage/sweeps',
  '/admin/storage/policies',
  '/admin/storage/holds',
  '/admin/storage/deleted',
  '/admin/storage/orphans',
  '/admin/audit',
  '/admin/keys',
]

async function measure(browser: Browser, path: string): Promise<Row> {
  const times: number[] = []
  for (let time = 0; time < TIMES; time++) times.push(await timed(() => page(browser, path)))
  return {
    what: path.replace(/[0-9A-Z]{26}/, '{id}'),
    unit: 'ms',
    figures: { 'the first time': times[0] ?? Number.NaN },
    verdicts: [{ of: 'median', value: median(times), target: { at: 'most', value: MOST_MS } }],
  }
}

async function page(browser: Browser, path: string): Promise<void> {
  const shown = await browser.get(path)
  const next = shown.headers.get('location')
  // A form's address is made canonical first.
  const { status } = shown.status === 302 && next !== null ? await browser.get(next) : shown
  if (status !== 200) throw new Error(`${path} answered ${status}`)
}
