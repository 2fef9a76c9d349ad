import { archiveRun } from '../ledger/archives/archive-run.ts'
import { createCronJob } from '../ledger/cron/create-cron-job.ts'
import { dispatchCron } from '../ledger/cron/dispatch-cron.ts'
import { standingOf } from '../ledger/cron/job-standing.ts'
import { syncCronJobs } from '../ledger/cron/sync-cron-jobs.ts'
import { deleteRun } from '../ledger/deletion/delete-run.ts'
import { sweepDelete } from '../ledger/deletion/sweep-delete.ts'
import { createKey } from '../ledger/keys/keys.ts'
import { holdRun } from '../ledger/retention/hold-run.ts'
import { putPolicies } from '../ledger/retention/policies.ts'
import { cancelRun } from '../ledger/runs/cancel-run.ts'
import { enqueueRun } from '../ledger/runs/enqueue-run.ts'
import { rollUpUntil } from '../ledger/runs/run-stats.ts'
import { startRun } from '../ledger/runs/start-run.ts'
import { allJobs } from '../ledger/scripts/all-jobs.ts'
import { sampleStorage } from '../ledger/storage/sample-storage.ts'
import type { Context } from '../ports/context.ts'
import { chance } from './chance.ts'
import { demoJobs } from './demo-jobs.ts'
import { pastRun } from './past-run.ts'
import { DEMO_SCRIPTS } from './scripts.ts'
import { sendMails, workQueue } from './work-queue.ts'

export interface SeedDemo {
  /** How much history. */
  days: number
  /** Moves all there is so far into the past. */
  shift: (by: { hours: number; days: number }) => Promise<void>
  /** Told how much of it is done, 0 to 1. */
  progress: (done: number) => void
}

const MAILS = 600
const STEP_MS = 20_000

/**
 * Fills an empty ledger with some days of a team's life: runs in every state with their logs and files, cron jobs with their
 * occurrences, archives, holds, deletions, and a sweep that waits for somebody. All of it by the verbs that people and workers use, hour
 * by hour, each hour moved into the past before the next.
 */
export async function seedDemo(ctx: Context, { days, shift, progress }: SeedDemo): Promise<void> {
  const random = chance(20_261_122)
  await syncCronJobs(ctx)
  for (const job of demoJobs(new Date(ctx.now()).getUTCMinutes())) await createCronJob(ctx, job)
  for (let n = 0; n < 2; n++) await sendMails(ctx, MAILS)
  const hours = days * 24
  const ids: string[] = []
  for (let hoursAgo = hours; hoursAgo > 0; hoursAgo--) {
    ids.push(...(await oneHour(ctx, random, hoursAgo)))
    if (hoursAgo === Math.ceil(hours / 2)) await putAway(ctx, ids)
    if (hoursAgo % 24 === 0) await sampleStorage(ctx)
    await shift({ hours: 1, days: hoursAgo % 24 === 1 ? 1 : 0 })
    progress(1 - (hoursAgo - 1) / hours)
  }
  await nextTimes(ctx)
  await theLastHour(ctx, random, ids)
}

/** What a team's scripts do in an hour; less at night. */
async function oneHour(ctx: Context, random: () => number, hoursAgo: number): Promise<string[]> {
  const hour = new Date(ctx.now() - hoursAgo * 3_600_000).getUTCHours()
  const busy = hour >= 7 && hour <= 19 ? 1.3 : 0.6
  const due = DEMO_SCRIPTS.flatMap((script) =>
    Array.from({ length: Math.floor(script.perHour * busy + random()) }, () => script),
  )
  const ids: string[] = []
  for (const [n, script] of due.entries())
    ids.push(await pastRun(ctx, { script, n: hoursAgo * 10 + n, hoursAgo, random }))
  await dispatchCron(ctx, { until: ctx.now() + STEP_MS })
  await workQueue(ctx, random, hoursAgo)
  await rollUpUntil(ctx, ctx.now() + STEP_MS)
  return ids
}

/** Some of what is old is archived, held, or deleted by hand. */
async function putAway(ctx: Context, ids: string[]): Promise<void> {
  const [held, deleted, ...rest] = ids
  if (held !== undefined) await holdRun(ctx, { id: held, reason: 'the auditors look at it (ticket FIN-203)' })
  if (deleted !== undefined) await deleteRun(ctx, { id: deleted, reason: 'made by mistake', mode: 'soft' })
  for (const id of rest.slice(0, 12)) await archiveRun(ctx, { id })
}

/** When jobs are due next was moved with all else: it is as their schedules say from here on. */
async function nextTimes(ctx: Context): Promise<void> {
  const at = await ctx.cron.now()
  for (const job of await allJobs(ctx))
    if (job.isEnabled) await ctx.cron.updateJob(job, standingOf(ctx, job, at), at)
}

/** What is under way when somebody looks. */
async function theLastHour(ctx: Context, random: () => number, ids: string[]): Promise<void> {
  await oneHour(ctx, random, 0)
  for (const kind of ['billing.invoices', 'mail.digest', 'billing.invoices', 'export.legacy'])
    await enqueueRun(ctx, { kind, input: { month: '2026-11' }, priority: 2 })
  const { run } = await enqueueRun(ctx, { kind: 'etl.orders', projectId: 'shop', input: {} })
  await cancelRun(ctx, { id: run.id, reason: 'the source is being moved' })
  // Nobody sends a sign of life for it any more.
  const silentSince = new Date(ctx.now() - 4 * 3_600_000).toISOString()
  await startRun(ctx, {
    id: ctx.newId(),
    kind: 'ml.retrain',
    projectId: 'lab',
    workerId: 'gpu-2:1',
    startedAt: silentSince,
    leaseSeconds: 3_600,
    input: {},
  })
  const kept = ids.at(-3)
  if (kept !== undefined) await holdRun(ctx, { id: kept, reason: 'to be looked at by Ana' })
  await createKey(ctx, { name: 'scraper', scopes: ['runs:work', 'runs:read'], projectId: 'shop' })
  await createKey(ctx, { name: 'on-call', scopes: ['runs:read', 'runs:write'] })
  await putPolicies(ctx, {
    rules: [
      { state: 'succeeded', deleteAfterDays: 30 },
      { state: 'failed', deleteAfterDays: 90 },
      { kind: 'scrape.prices', archiveAfterDays: 2, keepLast: 20 },
      { kind: 'mail.send', deleteAfterDays: 1 },
    ],
    reason: 'mails need not be kept',
  })
  await sampleStorage(ctx)
  // More than usual, and right after the policies were changed: it waits for somebody.
  await sweepDelete(ctx)
  await rollUpUntil(ctx, ctx.now() + STEP_MS)
}
