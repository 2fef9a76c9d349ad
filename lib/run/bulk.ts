import { z } from 'zod'
import { holdEnd, isHeld } from './hold.ts'
import { RunId } from './ids.ts'
import type { Run } from './run.ts'
import { isFinal } from './transitions.ts'

/** What can be done to many runs at once, each by the verb of that name. */
export const BulkAction = z.enum(['cancel', 'retry', 'archive', 'hold', 'delete'])
export type BulkAction = z.infer<typeof BulkAction>

/** So many at once. */
export const BULK_RUNS = 1_000

export const BulkIds = z
  .array(RunId)
  .min(1, 'tick at least one run')
  .max(BULK_RUNS, `${BULK_RUNS} runs at most, at once`)
  .transform((ids) => [...new Set(ids)])

/** Whether only admins may. */
export const isForAdmins = (action: BulkAction): boolean => action === 'hold' || action === 'delete'

/** Whether it must be said why. */
export const needsReason = isForAdmins

/** Why the action would not happen to a run as it stands at an instant; null: it would. The verb itself has the last word. */
export function bulkRefusal(action: BulkAction, run: Run, at: string): string | null {
  switch (action) {
    case 'cancel':
      return cancelRefusal(run)
    case 'retry':
      return retryRefusal(run)
    case 'archive':
      return archiveRefusal(run, at)
    case 'hold':
      return isGoing(run) ? GOING[run.storageState] : null
    case 'delete':
      return deleteRefusal(run, at)
  }
}

function cancelRefusal({ state, cancelRequestedAt }: Run): string | null {
  if (state === 'canceled') return 'it is canceled already'
  if (isFinal(state)) return `it has already ${state}`
  return state === 'running' && cancelRequestedAt !== null ? 'it has been asked to stop already' : null
}

function retryRefusal({ state, origin, storageState }: Run): string | null {
  if (origin === 'started') return 'it did not come from the queue; whoever started it has to start it again'
  if (state !== 'failed' && state !== 'canceled')
    return `it is ${state}; only a failed or canceled run can be retried`
  return storageState === 'active' ? null : `its files are ${storageState}`
}

function archiveRefusal(run: Run, at: string): string | null {
  if (isGoing(run)) return GOING[run.storageState]
  if (run.storageState === 'archived') return 'it is archived already'
  if (run.storageState === 'restoring') return 'it is being restored'
  if (!isFinal(run.state)) return `it is ${run.state}; only a run that has ended can be archived`
  if (run.outputCount === 0 && run.logBytes === 0) return 'it has neither a log nor files'
  return run.storageState === 'active' ? heldRefusal(run, at) : null
}

function deleteRefusal(run: Run, at: string): string | null {
  if (run.storageState === 'deleted') return GOING.deleted
  if (!isFinal(run.state)) return `it is ${run.state}; only a run that has ended can be deleted`
  if (run.storageState === 'archiving') return 'it is being archived'
  if (run.storageState === 'restoring') return 'it is being restored'
  return heldRefusal(run, at)
}

const heldRefusal = (run: Run, at: string) =>
  run.holdUntil !== null && isHeld(run, at) ? `it is held ${holdEnd(run.holdUntil)}` : null

const GOING = { deleting: 'it is being deleted', deleted: 'it is deleted already' } as const

const isGoing = (run: Run): run is Run & { storageState: keyof typeof GOING } => run.storageState in GOING
