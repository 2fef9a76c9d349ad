import type { Context } from '../../ports/context.ts'
import type { Run } from '../../run/run.ts'
import { TRANSITIONS } from '../../run/transitions.ts'
import { truncateMiddle } from '../../run/truncate.ts'
import { startRun } from '../runs/start-run.ts'

/**
 * Lets a sweep stand among the runs, so that every face shows it as it shows any script: born running under the sweep's id, with
 * a lease, so that one whose process is killed is found lost as any other run is.
 */
export async function beginSweepRun(
  ctx: Context,
  { id, kind, leaseSeconds }: { id: string; kind: string; leaseSeconds: number },
): Promise<void> {
  await startRun(ctx, { id, kind, projectId: null, workerId: ctx.actor.name, leaseSeconds })
}

/** Ends it with what was done, or with what stopped it. Never in the way of the sweep: what cannot be noted is logged. */
export async function endSweepRun(
  ctx: Context,
  id: string,
  { message, error }: { message: string; error: string | null },
): Promise<void> {
  const state: Run['state'] = error === null ? 'succeeded' : 'failed'
  const told = error === null ? null : truncateMiddle(error)
  const data = { fence: 1, error: told, by: 'holder', outcome: state }
  const patch =
    error === null
      ? { state, progress: 100, progressMessage: message }
      : { state, progressMessage: message, error: told, errorCode: 'error' as const }
  const move = {
    id,
    from: TRANSITIONS.complete.from,
    guard: { fence: 1, leased: true } as const,
    patch: { ...patch, finishedAt: 'now' as const },
    events: [{ type: `run.${state}` as const, data }],
    actor: ctx.actor.name,
  }
  await ctx.runs.move([move]).catch((trouble: unknown) => {
    ctx.log.warn('could not note how a sweep ended', { sweepId: id, error: trouble })
  })
  ctx.signals.emit(`run:${id}`)
}
