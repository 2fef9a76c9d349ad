import { appendLog } from '../ledger/logs/append-log.ts'
import { claimRuns } from '../ledger/runs/claim-runs.ts'
import { completeRuns, failRun, succeedRun } from '../ledger/runs/complete-runs.ts'
import { enqueueRuns } from '../ledger/runs/enqueue-run.ts'
import type { Context } from '../ports/context.ts'
import { logOf } from './past-run.ts'

const MS = 1_000

export interface QueueWork {
  random: () => number
  /** When it is done. */
  at: number
  /** Whether the stock cannot be read. */
  isCounting: boolean
}

/** Does what cron jobs have put into the queue; the stock fails now and then, and as long as it is being counted. */
export async function workQueue(ctx: Context, { random, at, isCounting }: QueueWork): Promise<void> {
  const claimed = await claimRuns(ctx, { workerId: 'worker-3:1', limit: 100 })
  for (const { run, leaseToken } of claimed) {
    const { id, kind } = run
    const fails = kind === 'warehouse.stock' && (isCounting || random() < 0.15)
    const error = 'Error: the warehouse is being counted: 503 from stock.example'
    const lines = fails
      ? ['reading 3 warehouses', error]
      : ['reading', `\u001b[32mdone\u001b[0m in ${Math.ceil(random() * 40)} steps`]
    const bytes = logOf(id, lines, { from: at, tookMs: 2 * MS })
    await appendLog(ctx, { id, leaseToken, offset: 0, bytes })
    const ending = {
      leaseToken,
      logBytes: bytes.length,
      metrics: { memoryPeakBytes: 50_000_000 + Math.round(random() * 9e6) },
    }
    if (fails) await failRun(ctx, { ...ending, error, exitCode: 1, retryable: false })
    else await succeedRun(ctx, { ...ending, exitCode: 0 })
  }
}

/** So many small runs at once, through the queue. */
export async function sendMails(ctx: Context, count: number): Promise<void> {
  const mail = (n: number) => ({
    kind: 'mail.send',
    projectId: 'shop',
    input: { to: `customer-${n}@shop.example` },
  })
  await enqueueRuns(
    ctx,
    Array.from({ length: count }, (_, n) => mail(n)),
  )
  for (;;) {
    const claimed = await claimRuns(ctx, {
      workerId: 'mailer-1:1',
      kinds: ['mail.send'],
      projectId: 'shop',
      limit: 100,
    })
    if (claimed.length === 0) return
    await completeRuns(
      ctx,
      claimed.map(({ leaseToken }) => ({ outcome: 'succeeded', leaseToken })),
    )
  }
}
