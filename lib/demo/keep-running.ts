import { appendLog } from '../ledger/logs/append-log.ts'
import { failRun, succeedRun } from '../ledger/runs/complete-runs.ts'
import { heartbeatRun } from '../ledger/runs/heartbeat-runs.ts'
import { startRun } from '../ledger/runs/start-run.ts'
import type { Context } from '../ports/context.ts'
import { isLedgerError } from '../run/errors.ts'
import { logOf } from './past-run.ts'
import { DEMO_SCRIPTS } from './scripts.ts'

const STEP_MS = 1_000
const STEPS = 150

/** Lets scripts run, one after the other in each of two places, so that there is something to watch and to cancel. */
export async function keepRunning(ctx: Context, signal: AbortSignal): Promise<void> {
  const [scraper, , orders] = DEMO_SCRIPTS
  const place = async (script: typeof scraper, steps: number) => {
    for (let n = 0; !signal.aborted && script !== undefined; n++)
      await watchable(ctx, { ...script, steps, n }, signal).catch(async (error) => {
        if (!isLedgerError(error)) ctx.log.warn('a run of the demo broke off', { error })
        await ctx.signals.wait('nothing', STEP_MS, signal)
      })
  }
  await Promise.all([place(scraper, STEPS), place(orders, STEPS * 2)])
}

interface Watchable {
  kind: string
  projectId: string | null
  worker: string
  steps: number
  n: number
  lines: (n: number) => string[]
}

/** A run that prints a line a second and tells how far it is; it stops when it is asked to. */
async function watchable(
  ctx: Context,
  { kind, projectId, worker, steps, n, lines }: Watchable,
  signal: AbortSignal,
): Promise<void> {
  const id = ctx.newId()
  const { leaseToken } = await startRun(ctx, {
    id,
    kind,
    projectId,
    workerId: `${worker}:2`,
    input: { live: n },
  })
  const texts = lines(n)
  let offset = 0
  for (let step = 0; step < steps && !signal.aborted; step++) {
    const line = texts[step % texts.length] ?? ''
    const bytes = logOf(id, [line], { from: ctx.now(), tookMs: 0 })
    offset = (await appendLog(ctx, { id, leaseToken, offset, bytes })).nextOffset
    const progress = Math.floor((step / steps) * 100)
    const { cancelRequested } = await heartbeatRun(ctx, {
      leaseToken,
      progress,
      message: `step ${step + 1} of ${steps}`,
    })
    if (cancelRequested) {
      await failRun(ctx, { leaseToken, error: 'stopped when it was asked to', logBytes: offset })
      return
    }
    await ctx.signals.wait('nothing', STEP_MS, signal)
  }
  if (!signal.aborted) await succeedRun(ctx, { leaseToken, exitCode: 0, logBytes: offset })
}
