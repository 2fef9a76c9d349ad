import { z } from 'zod'
import { RunId } from './ids.ts'

/** What a sweep sees to. */
export const SweepKind = z.enum(['stale'])
export type SweepKind = z.infer<typeof SweepKind>

/** How a sweep stands: `partial` did some of it, and `errors` names what it did not. */
export const SweepStatus = z.enum(['running', 'completed', 'partial', 'failed'])
export type SweepStatus = z.infer<typeof SweepStatus>

/** Something that went wrong in a sweep, and with what. */
export const SweepError = z.object({ item: z.string().nullable(), message: z.string() })
export type SweepError = z.infer<typeof SweepError>

/** One bounded pass of maintenance. Retention page. */
export const Sweep = z
  .object({
    id: RunId,
    kind: SweepKind,
    status: SweepStatus,
    dryRun: z.boolean().meta({ description: 'It looked, and touched nothing' }),
    policy: z.record(z.string(), z.unknown()).meta({ description: 'As it stood when the sweep began' }),
    plan: z.record(z.string(), z.unknown()).meta({ description: 'What there was to do, in short' }),
    counts: z.record(z.string(), z.number().int()).meta({ description: 'What was done' }),
    bytes: z.number().int(),
    errors: z.array(SweepError),
    more: z.boolean().meta({ description: 'Time ran out before the work did; the next sweep goes on' }),
    startedAt: z.iso.datetime(),
    completedAt: z.iso.datetime().nullable(),
    durationMs: z.number().int().nullable(),
    requestedBy: z.string(),
    requestId: z.string().nullable(),
    cronExecutionId: z.string().nullable(),
  })
  .meta({ id: 'Sweep', description: 'One bounded pass of maintenance' })
export type Sweep = z.infer<typeof Sweep>
