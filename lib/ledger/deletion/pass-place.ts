import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { DeletionPlace } from '../../ports/deletion-store.ts'
import type { SweepKind } from '../../run/sweep.ts'
import { FIRST } from './due-runs.ts'

/** Why a pass ended before its work did. */
export type Stopped = 'time' | 'bounds' | 'trouble'

const PassCursor = z.object({
  policyHash: z.string(),
  place: z.object({ isArchived: z.boolean(), at: z.string(), id: z.string() }).nullable(),
  deleted: z.number().default(0),
})

/** Where a pass is in its round from the beginning to the end, and how many runs the passes of that round have deleted before it. */
export interface PassPlace {
  /** Null: at the beginning. */
  place: DeletionPlace | null
  deleted: number
}

export const AT_THE_BEGINNING: PassPlace = { place: null, deleted: 0 }

/** What a pass that was stopped leaves for the next one: where in its walk it was, and by which policy. */
export const toCursor = (policyHash: string, { place, deleted }: PassPlace, stopped: Stopped | null) => ({
  stopped,
  policyHash,
  place,
  deleted,
})

/**
 * Where the last pass of a kind got to in its round, so that however many runs are kept before it, the rest has its turn; at the beginning
 * also after a pass by another policy, which may have kept what this one deletes.
 */
export async function lastPlace(ctx: Context, kind: SweepKind, policyHash: string): Promise<PassPlace> {
  const { data } = PassCursor.safeParse(await ctx.approvals.lastCursor(kind))
  return data?.policyHash === policyHash && !isFirst(data.place) ? data : AT_THE_BEGINNING
}

const isFirst = (place: DeletionPlace | null) => place?.at === FIRST.at && !place.isArchived
