import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { DeletionPlace } from '../../ports/deletion-store.ts'
import type { SweepKind } from '../../run/sweep.ts'

/** Why a pass ended before its work did. */
export type Stopped = 'time' | 'bounds' | 'trouble'

const PassCursor = z.object({
  policyHash: z.string(),
  place: z.object({ isArchived: z.boolean(), at: z.string(), id: z.string() }).nullable(),
})

/** What a pass that was stopped leaves for the next one: where in its walk it was, and by which policy. */
export const toCursor = (policyHash: string, place: DeletionPlace | null, stopped: Stopped | null) => ({
  stopped,
  policyHash,
  place,
})

/**
 * Where the last pass of a kind got to, so that however many runs are kept before it, the rest has its turn; null: at the beginning,
 * as also after a pass by another policy, which may have kept what this one deletes.
 */
export async function lastPlace(
  ctx: Context,
  kind: SweepKind,
  policyHash: string,
): Promise<DeletionPlace | null> {
  const { data } = PassCursor.safeParse(await ctx.approvals.lastCursor(kind))
  return data?.policyHash === policyHash ? data.place : null
}
