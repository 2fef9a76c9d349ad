import { archiveRun } from '../../../lib/ledger/archives/archive-run.ts'
import { dispatchCron } from '../../../lib/ledger/cron/dispatch-cron.ts'
import { syncCronJobs } from '../../../lib/ledger/cron/sync-cron-jobs.ts'
import { compactLog } from '../../../lib/ledger/logs/compact-log.ts'
import { putOutput } from '../../../lib/ledger/outputs/put-output.ts'
import { succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { startRun } from '../../../lib/ledger/runs/start-run.ts'
import { unique } from '../../support/make.ts'
import type { TestApp } from '../../support/open-app.ts'
import { ledgerOf } from './cron-steps.ts'

/** A run that has ended, with one file of so many bytes. */
export async function endedRun(app: TestApp, { kind = unique('kind'), bytes = 5_000 } = {}): Promise<string> {
  const ctx = ledgerOf(app)
  const id = ctx.newId()
  const { leaseToken } = await startRun(ctx, { id, kind, workerId: 'tester' })
  if (bytes > 0)
    await putOutput(ctx, { id, leaseToken, path: 'rows.csv' }, only(Buffer.from('1;2\n'.repeat(bytes / 4))))
  await succeedRun(ctx, { id, leaseToken })
  return id
}

/** The same, and its file is in an archive. */
export async function archivedRun(app: TestApp, of: { kind?: string } = {}): Promise<string> {
  const id = await endedRun(app, of)
  await compactLog(ledgerOf(app), id)
  await archiveRun(ledgerOf(app), { id })
  return id
}

/** So many runs that ended so many days ago, and left nothing. */
export async function oldRuns(
  { raw }: TestApp,
  { count, days, kind }: { count: number; days: number; kind: string },
): Promise<void> {
  await raw(`
    WITH made AS (
      SELECT n, now() - interval '${days} days' - n * interval '1 second' AS at FROM generate_series(1, ${count}) n
    )
    INSERT INTO runs (id, attempt, "createdAt", "startedAt", "finishedAt", "createdBy", state, kind)
    SELECT '01' || upper(lpad(to_hex((random() * 4294967295)::bigint), 12, '0') || lpad(to_hex(n), 12, '0')), 1, at, at, at,
      'test', 'succeeded', '${kind}'
    FROM made`)
}

/** The jobs of the program are there, as after a deploy. */
export const withJobs = (app: TestApp) => syncCronJobs(ledgerOf(app))

/** What was triggered is done. */
export async function dispatched(app: TestApp): Promise<void> {
  const ctx = ledgerOf(app)
  for (let more = true; more; ) ({ more } = await dispatchCron(ctx, { until: ctx.now() + 30_000 }))
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
