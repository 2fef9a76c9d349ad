import { z } from 'zod'
import { RunId } from './ids.ts'
import { DeletionStrategy } from './retention-policy.ts'
import { RunState } from './transitions.ts'

const Count = z.number().int().min(0)
const instant = z.iso.datetime()

/** What became of a run that was to be deleted. */
export const DeletedRun = z
  .object({
    id: RunId,
    mode: DeletionStrategy,
    deletedAt: instant,
    purgeAfter: instant.nullable().meta({ description: 'Until then it can be restored; null: it cannot' }),
    deletedLogFiles: Count,
    freedBytes: Count.meta({ description: 'Of its log, its outputs and its archive, as they were recorded' }),
  })
  .meta({ id: 'DeletedRun' })
export type DeletedRun = z.infer<typeof DeletedRun>

/** What deleting many runs came to. Source 000. */
export const CleanedRuns = z.object({
  deletedRuns: Count,
  deletedLogFiles: Count,
  freedSpace: Count.meta({ description: 'Bytes' }),
  errors: z.array(z.object({ item: z.string().nullable(), message: z.string() })),
})
export type CleanedRuns = z.infer<typeof CleanedRuns>

/** What a cleanup came to. Source 000. */
export const CleanedOldRuns = CleanedRuns.extend({
  sweepId: RunId,
  duration: Count.meta({ description: 'Milliseconds' }),
  cutoffDate: instant,
  more: z.boolean().meta({ description: 'Time ran out before the work did' }),
})
export type CleanedOldRuns = z.infer<typeof CleanedOldRuns>

/** How cleanups stand. Source 000's `getStatus`. */
export const CleanupStatus = z.object({
  nextRunTime: instant.nullable(),
  lastRunTime: instant.nullable(),
  isRunning: z.boolean(),
  lastRunStats: z.object({ deletedRuns: Count, freedSpace: Count, duration: Count }).nullable(),
})
export type CleanupStatus = z.infer<typeof CleanupStatus>

/** What all cleanups have come to. Source 000's `getCleanupStats`. */
export const CleanupStats = z.object({
  lastCleanup: instant.nullable(),
  deletedRuns: Count,
  freedSpace: Count,
  nextCleanup: instant.nullable(),
})
export type CleanupStats = z.infer<typeof CleanupStats>

/** A run that was deleted softly, as long as it can be restored. */
export const RestorableRun = z
  .object({
    id: RunId,
    kind: z.string(),
    projectId: z.string().nullable(),
    state: RunState,
    finishedAt: instant.nullable(),
    deletedAt: instant,
    purgeAfter: instant.meta({ description: 'Until then it can be restored' }),
    deletionReason: z.string().nullable(),
    bytes: Count.meta({ description: 'What it still takes in the object store' }),
  })
  .meta({ id: 'RestorableRun', description: 'A deleted run that can be restored' })
export type RestorableRun = z.infer<typeof RestorableRun>

/** An object that no row names, for people to look at. */
export const Orphan = z
  .object({
    key: z.string(),
    bytes: Count,
    etag: z.string().nullable(),
    modifiedAt: instant,
    runId: RunId.nullable().meta({ description: 'Whose it would be, by its key' }),
    foundAt: instant,
    seenAt: instant,
  })
  .meta({ id: 'Orphan', description: 'An object in the store that nobody knows' })
export type Orphan = z.infer<typeof Orphan>
