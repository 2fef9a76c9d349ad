import { archiveRun } from '../ledger/archives/archive-run.ts'
import { createCronJob } from '../ledger/cron/create-cron-job.ts'
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
import { sampleStorage } from '../ledger/storage/sample-storage.ts'
import type { Context } from '../ports/context.ts'
import { chance } from './chance.ts'
import { cronHour } from './cron-hour.ts'
import { demoJobs } from './demo-jobs.ts'
import { pastClock } from './past-clock.ts'
import { pastRun } from './past-run.ts'
import { DEMO_SCRIPTS } from './scripts.ts'
import { sendMails } from './work-queue.ts'

export interface SeedDemo {
  /** How much history. */
  days: number
  /** Moves what was written since then back by so many hours. */
  shift: (by: { since: string; hours: number }) => Promise<void>
  /** Told how much of it is done, 0 to 1. */
  progress: (done: number) => void
}

const MAILS = 600
const STEP_MS = 20_000
const HOUR_MS = 3_600_000
/** The server was moved: nothing ticked in these hours, counted from now. */
const NOBODY = [16, 15, 14]
/** The last hours, in which the warehouse is being counted. */
const COUNTING_HOURS = 7

/**
 * Fills an empty ledger with some days of a team's life: runs in every state with their logs and files, cron jobs with their
 * occurrences, archives, holds, deletions, and a sweep that waits for somebody. All of it by the verbs that people and workers use, hour
 * by hour: cron jobs go by a clock of that hour, and what else is written is moved there.
 */
export async function seedDemo(given: Context, { days, shift, progress }: SeedDemo): Promise<void> {
  const random = chance(20_261_122)
  const hours = days * 24
  const thisHour = Math.floor(given.now() / HOUR_MS) * HOUR_MS
  const clock = pastClock(given, thisHour - hours * HOUR_MS)
  const { ctx } = clock
  const ids: string[] = []
  const oneHour = async (hoursAgo: number, to: number) => {
    ids.push(...(await runsOf(ctx, random, hoursAgo)))
    if (NOBODY.includes(hoursAgo)) return
    const isCounting = hoursAgo < COUNTING_HOURS
    await cronHour(clock, { from: thisHour - hoursAgo * HOUR_MS, to, random, isCounting, shift })
  }
  await syncCronJobs(ctx)
  for (const job of demoJobs(new Date(ctx.now()).getUTCMinutes())) await createCronJob(ctx, job)
  for (let hoursAgo = hours; hoursAgo > 0; hoursAgo--) {
    const since = new Date(ctx.now() - 1).toISOString()
    if (hoursAgo === hours) for (let n = 0; n < 2; n++) await sendMails(ctx, MAILS)
    await oneHour(hoursAgo, thisHour - (hoursAgo - 1) * HOUR_MS)
    if (hoursAgo === Math.ceil(hours / 2)) await putAway(ctx, ids)
    await shift({ since, hours: hoursAgo })
    await rollUpUntil(ctx, ctx.now() + STEP_MS)
    progress(1 - (hoursAgo - 1) / hours)
  }
  await oneHour(0, ctx.now())
  await underWay(given, ids)
}

/** What a team's scripts do in an hour; less at night. */
async function runsOf(ctx: Context, random: () => number, hoursAgo: number): Promise<string[]> {
  const hour = new Date(ctx.now() - hoursAgo * HOUR_MS).getUTCHours()
  const busy = hour >= 7 && hour <= 19 ? 1.3 : 0.6
  const due = DEMO_SCRIPTS.flatMap((script) =>
    Array.from({ length: Math.floor(script.perHour * busy + random()) }, () => script),
  )
  const ids: string[] = []
  for (const [n, script] of due.entries())
    ids.push(await pastRun(ctx, { script, n: hoursAgo * 10 + n, hoursAgo, random }))
  return ids
}

/** Some of what is old is archived, held, or deleted by hand. */
async function putAway(ctx: Context, ids: string[]): Promise<void> {
  const [held, deleted, ...rest] = ids
  if (held !== undefined) await holdRun(ctx, { id: held, reason: 'the auditors look at it (ticket FIN-203)' })
  if (deleted !== undefined) await deleteRun(ctx, { id: deleted, reason: 'made by mistake', mode: 'soft' })
  for (const id of rest.slice(0, 12)) await archiveRun(ctx, { id })
}

/** What is under way when somebody looks. */
async function underWay(ctx: Context, ids: string[]): Promise<void> {
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
