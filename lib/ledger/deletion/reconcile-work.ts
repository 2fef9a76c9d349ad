import { z } from 'zod'
import type { SweepError } from '../../run/sweep.ts'

/** Where a round got to: of the objects, by key, and of the runs, by id. Null: from the beginning. */
export const ReconcilePlace = z.object({
  objects: z.object({ prefix: z.string(), startAfter: z.string(), since: z.iso.datetime() }).nullable(),
  runs: z.object({ after: z.string(), missing: z.number().int() }).nullable(),
})
export type ReconcilePlace = z.infer<typeof ReconcilePlace>
/** What one part of a pass may work with, and where it notes what it did. */
export interface ReconcileWork {
  dryRun: boolean
  isOver: () => boolean
  counts: Record<string, number>
  errors: SweepError[]
}
