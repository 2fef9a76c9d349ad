import { z } from 'zod'
import { RunId } from './ids.ts'

/** What a sweep sees to. */
export const SweepKind = z.enum([
  'stale',
  'archive',
  'verify',
  'delete',
  'purge',
  'cleanup',
  'reconcile',
  'script',
])
export type SweepKind = z.infer<typeof SweepKind>
/** Those that are made time and again; `script` is made where somebody deletes the runs of a script. */
export const RegularSweep = SweepKind.exclude(['script'])
export type RegularSweep = z.infer<typeof RegularSweep>

/**
 * How a sweep stands: `partial` did some of it, and `errors` names what it did not; `needs_approval` would delete more than is
 * usual, and has deleted nothing.
 */
export const SweepStatus = z.enum(['running', 'completed', 'partial', 'failed', 'needs_approval'])
export type SweepStatus = z.infer<typeof SweepStatus>

/** Something that went wrong in a sweep, and with what. */
export const SweepError = z.object({ item: z.string().nullable(), message: z.string() })
export type SweepError = z.infer<typeof SweepError>

/** Who let a sweep through, and how far: it binds the policy, the instant runs are judged at, and how much may go. */
export const SweepApproval = z
  .object({
    policyHash: z.string(),
    cutoff: z.iso.datetime().meta({ description: 'What was due then may go' }),
    mostRuns: z.number().int().min(0),
    mostBytes: z.number().int().min(0),
    usedRuns: z.number().int().min(0),
    usedBytes: z.number().int().min(0),
    approvedBy: z.string(),
    approvedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'SweepApproval', description: 'Who let a sweep through, and within which bounds' })
export type SweepApproval = z.infer<typeof SweepApproval>

/** Whether a sweep waits for somebody to let it through, at an instant: nobody has, or that is over. */
export const waitsAt = ({ status, approval }: Pick<Sweep, 'status' | 'approval'>, at: string): boolean =>
  status === 'needs_approval' && (approval === null || approval.expiresAt <= at)

/** What is said of a sweep that its process did not end; what it had done stands. */
export const SWEEP_GONE = 'the process that made it is gone'

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
    more: z.boolean().meta({ description: 'It ended before the work did; the next sweep goes on' }),
    startedAt: z.iso.datetime(),
    completedAt: z.iso.datetime().nullable(),
    durationMs: z.number().int().nullable(),
    requestedBy: z.string(),
    requestId: z.string().nullable(),
    cronExecutionId: z.string().nullable(),
    approval: SweepApproval.nullable().meta({ description: 'Of one that had to be let through' }),
  })
  .meta({ id: 'Sweep', description: 'One bounded pass of maintenance' })
export type Sweep = z.infer<typeof Sweep>
