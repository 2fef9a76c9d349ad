import { sweepDelete } from '../../../lib/ledger/deletion/sweep-delete.ts'
import { approveSweep } from '../../../lib/ledger/retention/approve-sweep.ts'
import { listRuns } from '../../../lib/ledger/runs/list-runs.ts'
import type { DeletionStrategy } from '../../../lib/run/retention-policy.ts'
import type { Scenario, Sizes } from '../bench.ts'
import { ask, settle, withoutIndexes } from '../databases.ts'
import { fillFinished, fillQueued } from '../fill/fill-runs.ts'
import { perSecond, quantile, timed } from '../measure.ts'
import { type Ledger, openLedger } from '../peers/runledger.ts'
import type { Row } from '../row.ts'
import { KINDS } from '../workload.ts'

const LEAST_PER_SECOND = 10_000
const MOST_LIST_MS = 100
const MOST_GROWTH_MB = 150
const LIST_EVERY_MS = 50
const MIB = 1024 * 1024

const WAYS: [DeletionStrategy, string][] = [
  ['hard', 'for good'],
  ['soft', 'softly'],
]

/** The delete sweep, through the verb, over old runs that left no objects, and a page of a list now and then meanwhile. */
export const deletion: Scenario = {
  name: 'delete',
  async run({ databases, sizes, say }) {
    const rows: Row[] = []
    for (const [strategy, words] of WAYS) {
      const ledger = await openLedger(await databases.create())
      try {
        say(`delete: ${sizes.many} old runs, ${words}`)
        await fill(ledger, sizes)
        rows.push(...(await measure(ledger, sizes.many, { strategy, words })))
      } finally {
        await ledger.close()
      }
    }
    const title = `The delete sweep over ${sizes.many.toLocaleString('en')} old runs without objects`
    return [{ scenario: 'delete', title, rows }]
  },
}

async function fill({ url }: Ledger, sizes: Sizes): Promise<void> {
  await fillFinished(url, sizes.many)
  await withoutIndexes(url, ['runs'], async () => void (await ask(url, 'SET synchronous_commit = off', AGE)))
  await fillQueued(url, { count: sizes.few, kinds: KINDS })
  await settle(url)
}

/** As if they had ended two months before, and nobody had archived or deleted any. */
const AGE = `
  UPDATE runs SET "createdAt" = "createdAt" - interval '60 days', "startedAt" = "startedAt" - interval '60 days',
    "finishedAt" = "finishedAt" - interval '60 days', "storageState" = 'active', "archivedAt" = NULL, "deletedAt" = NULL`

async function measure(
  { ctx, url }: Ledger,
  count: number,
  { strategy, words }: { strategy: DeletionStrategy; words: string },
): Promise<Row[]> {
  const { retention } = ctx
  const deleting = {
    ...ctx,
    retention: { ...retention, defaults: { ...retention.defaults, deletionStrategy: strategy } },
  }
  const first = await sweepDelete(deleting, { dryRun: true })
  if (first.plan.runs !== count)
    throw new Error(`delete: ${String(first.plan.runs)} are due where ${count} should be`)
  const lists: number[] = []
  let isDone = false
  let peak = 0
  const before = process.memoryUsage().rss
  const watch = async () => {
    while (!isDone) {
      lists.push(await timed(() => listRuns(ctx, { limit: 50 })))
      peak = Math.max(peak, process.memoryUsage().rss)
      await new Promise((resolve) => setTimeout(resolve, LIST_EVERY_MS))
    }
  }
  const watched = watch()
  const ms = await timed(async () => {
    let sweep = await sweepDelete(deleting)
    // So many at once are let through by somebody.
    if (sweep.status === 'needs_approval') await approveSweep(deleting, { id: sweep.id })
    while (sweep.more) sweep = await sweepDelete(deleting)
  }).finally(() => {
    isDone = true
  })
  await watched
  const [row] = await ask(
    url,
    `SELECT count(*)::int AS left FROM runs WHERE "storageState" = 'active' AND state <> 'queued'`,
  )
  if (row?.left !== 0) throw new Error(`delete: ${row?.left} of ${count} are left`)
  const growth = Math.max(0.1, (peak - before) / MIB)
  const least = (value: number) => ({ at: 'least' as const, value })
  const most = (value: number) => ({ at: 'most' as const, value })
  return [
    {
      what: `deleted ${words}, with the count before`,
      unit: 'runs/s',
      figures: { 'the sweep': perSecond(count, ms) },
      verdicts: [{ of: 'runs/s', value: perSecond(count, ms), target: least(LEAST_PER_SECOND) }],
    },
    {
      what: `a list meanwhile (${words}), p99`,
      unit: 'ms',
      figures: { 'a page of 50': quantile(lists, 0.99) },
      verdicts: [{ of: 'ms', value: quantile(lists, 0.99), target: most(MOST_LIST_MS) }],
    },
    {
      what: `memory (${words})`,
      unit: 'MB',
      figures: { peak: peak / MIB, before: before / MIB },
      verdicts: [{ of: 'MB more', value: growth, target: most(MOST_GROWTH_MB) }],
    },
  ]
}
