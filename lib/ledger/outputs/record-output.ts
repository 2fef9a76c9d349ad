import type { Context } from '../../ports/context.ts'
import type { Output } from '../../ports/output-store.ts'
import type { LedgerError } from '../../run/errors.ts'
import type { RunOutput } from '../../run/run-output.ts'
import { leaseLost } from '../runs/heartbeat-runs.ts'
import { announcedAnew } from './clear-place.ts'
import { toRunOutput } from './to-run-output.ts'

/**
 * Records a reserved file with what was found in the store. Throws `lease_lost`, and `conflict` where it was announced anew
 * meanwhile: what was looked at may be gone.
 */
export async function recordOutput(
  ctx: Context,
  { runId, fence, path, createdAt }: Output,
  found: { bytes: number; sha256: string; etag: string | null },
): Promise<RunOutput> {
  const committed = await ctx.outputs.commit({ runId, fence, path, createdAt }, found)
  if (committed !== null) return toRunOutput(committed)
  throw await whyRefused(ctx, { runId, fence, path, createdAt })
}

/** Why a reservation was neither recorded nor renewed. */
export async function whyRefused(
  { outputs }: Context,
  { runId, fence, path, createdAt }: Pick<Output, 'runId' | 'fence' | 'path' | 'createdAt'>,
): Promise<LedgerError> {
  const now = await outputs.get(runId, fence, path)
  return now?.createdAt === createdAt ? leaseLost(runId) : announcedAnew(path)
}
