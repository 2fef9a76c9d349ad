import type { Context } from '../../ports/context.ts'
import type { Run } from '../../run/run.ts'
import { type EnqueueItem, enqueueRun } from './enqueue-run.ts'

/**
 * A run for this key: made by `factory` when there is none, else the one there is, whatever its body was.
 * `factory` may be called although another caller wins: it must only describe the run, not do its work. Source 004.
 */
export async function ensureIdempotent(
  ctx: Context,
  idempotencyKey: string,
  factory: () => Omit<EnqueueItem, 'idempotencyKey'> | Promise<Omit<EnqueueItem, 'idempotencyKey'>>,
): Promise<Run> {
  return (await enqueueRun(ctx, { ...(await factory()), idempotencyKey })).run
}
