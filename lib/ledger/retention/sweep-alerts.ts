import type { Context } from '../../ports/context.ts'
import type { Sweep, SweepKind } from '../../run/sweep.ts'
import { openAlert } from '../alerts/open-alert.ts'
import { resolveAlert } from '../alerts/resolve-alert.ts'
import { lastSweeps } from './last-sweeps.ts'

/** What the alerts about sweeps of a kind are kept under. */
export const sweepAlerts = (kind: SweepKind) => ({
  failing: `sweep.failing:${kind}`,
  overdue: `sweep.overdue:${kind}`,
})

const completedAgain = (kind: SweepKind) => ({
  key: sweepAlerts(kind).failing,
  message: `the ${kind} sweep has completed again`,
})

/**
 * Says of a sweep that it did not do its work, or of one that did that all is well again; not of one over the runs of a script: who asks
 * for that is told. What cannot be said is logged.
 */
export async function tellSweep(ctx: Context, sweep: Sweep): Promise<void> {
  const { id, kind, status, dryRun, errors } = sweep
  if (dryRun || status === 'running' || status === 'needs_approval' || kind === 'script') return
  const { failing, overdue } = sweepAlerts(kind)
  const tell = async () => {
    if (status === 'completed') {
      await resolveAlert(ctx, completedAgain(kind))
      await resolveAlert(ctx, { key: overdue, message: `the ${kind} sweep has been made` })
      return
    }
    const ended = status === 'partial' ? 'did only a part of its work' : 'failed'
    // What stopped it stands behind what it could not do.
    const last = errors.at(-1)
    const first = last?.item === null ? last : errors[0]
    const why = first?.item == null ? first?.message : `${first.item}: ${first.message}`
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
    const message = `the ${kind} sweep ${ended}: ${why ?? 'nobody knows why'}${more}`
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

/**
 * The same of the last sweep of a kind that has ended, if it began no earlier than `since`: its process may have been killed before it
 * could say so.
 */
export async function tellLastSweep(ctx: Context, kind: SweepKind, since: string): Promise<void> {
  const sweeps = await lastSweeps(ctx, kind)
  const last = sweeps.find(({ status }) => status !== 'running' && status !== 'needs_approval')
  if (last === undefined || last.startedAt < since) return
  if (last.status !== 'completed') return await tellSweep(ctx, last)
  await resolveAlert(ctx, completedAgain(kind))
}
