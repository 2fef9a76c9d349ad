import { z } from 'zod'
import { RunId } from './ids.ts'
import { StorageState } from './run.ts'
import { RunState } from './transitions.ts'

/** Until when a hold lasts that nobody has set an end to: a hold's end is always an instant. */
export const UNTIL_RELEASED = '9999-12-31T23:59:59.999Z'

/** Whether a run is held at an instant. */
export function isHeld(run: { holdUntil: string | null }, at: string): boolean {
  return run.holdUntil !== null && run.holdUntil > at
}

/** A hold's end, in words. */
export function holdEnd(until: string): string {
  return until === UNTIL_RELEASED ? 'until it is released' : `until ${until}`
}

/** A named reason that keeps a run from being archived away or deleted, until it is released or expires. */
export const Hold = z
  .object({
    id: RunId,
    runId: RunId,
    reason: z.string(),
    heldBy: z.string(),
    heldAt: z.iso.datetime(),
    until: z.iso.datetime().meta({ description: `\`${UNTIL_RELEASED}\`: until it is released` }),
    releasedAt: z.iso.datetime().nullable(),
    releasedBy: z.string().nullable(),
    releaseReason: z.string().nullable(),
  })
  .meta({ id: 'Hold', description: 'A reason that keeps a run from being archived away or deleted' })
export type Hold = z.infer<typeof Hold>

/** A hold in force, and what it holds. */
export const HeldRun = Hold.pick({
  id: true,
  runId: true,
  reason: true,
  heldBy: true,
  heldAt: true,
  until: true,
})
  .extend({
    kind: z.string(),
    projectId: z.string().nullable(),
    state: RunState,
    storageState: StorageState,
    bytes: z.number().int().min(0).meta({ description: 'What it takes in the object store' }),
  })
  .meta({ id: 'HeldRun', description: 'A run that is held' })
export type HeldRun = z.infer<typeof HeldRun>
