import type { Context } from '../../ports/context.ts'
import type { Sweep, SweepKind } from '../../run/sweep.ts'
import { openAlert } from '../alerts/open-alert.ts'
import { resolveAlert } from '../alerts/resolve-alert.ts'

/** What the alerts about sweeps of a kind are kept under. */
export const sweepAlerts = (kind: SweepKind) => ({
  failing: `sweep.failing:${kind}`,
  overdue: `sweep.overdue:${kind}`,
})

/** Says of a sweep that it did not do its work, or of one that did that all is well again. What cannot be said is logged. */
export async function tellSweep(ctx: Context, sweep: Sweep): Promise<void> {
  const { id, kind, status, dryRun, errors } = sweep
  if (dryRun || status === 'running') return
  const { failing, overdue } = sweepAlerts(kind)
  const tell = async () => {
    if (status === 'completed') {
      await resolveAlert(ctx, { key: failing, message: `the ${kind} sweep has completed again` })
      await resolveAlert(ctx, { key: overdue, message: `the ${kind} sweep has been made` })
      return
    }
    const ended = status === 'partial' ? 'did only a part of its work' : 'failed'
    const message = `the ${kind} sweep ${ended}: ${errors[0]?.message ?? 'nobody knows why'}`
    await openAlert(ctx, {
      key: failing,
      type: 'sweep.failing',
      message,
      data: { sweepId: id, kind, status },
    })
  }
  await tell().catch((error: unknown) =>
    ctx.log.warn('could not tell how a sweep ended', { sweepId: id, error }),
  )
}
