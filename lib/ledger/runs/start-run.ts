import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { Inserted } from '../../ports/run-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { RunId, WorkerId } from '../../run/ids.ts'
import { Instant } from '../../run/instant.ts'
import { LIMITS } from '../../run/limits.ts'
import type { Run } from '../../run/run.ts'
import { parseInput } from '../parse-input.ts'
import { projectFor, seesProject } from '../project.ts'
import { requireScope } from '../require-scope.ts'
import { EnqueueRun } from './enqueue-run.ts'
import { toLeaseToken } from './lease-token.ts'
import { refuseSecrets } from './refuse-secrets.ts'

export const LeaseSeconds = z
  .number()
  .int()
  .min(LIMITS.leaseSeconds.min)
  .max(LIMITS.leaseSeconds.max)
  .default(LIMITS.leaseSeconds.default)
  .meta({ description: 'How long the run is held without a heartbeat' })

/** A run that is running already, when the ledger hears of it. */
export const StartRun = EnqueueRun.omit({ runAt: true, maxAttempts: true })
  .extend({
    id: RunId.meta({ description: 'The caller’s own ULID: sent twice, it is started once' }),
    workerId: WorkerId,
    leaseSeconds: LeaseSeconds,
    startedAt: Instant.optional().meta({ description: 'Default: now; never later than now' }),
    pid: z
      .number()
      .int()
      .min(1)
      .max(2 ** 31 - 1)
      .optional(),
  })
  .meta({ id: 'StartRun' })
export type StartRun = z.input<typeof StartRun>

export interface Started {
  run: Run
  leaseToken: string
  /** True when this id had been started before. */
  replayed: boolean
}

/**
 * Records a run that is born running, past the queue, with one attempt. It never enters the queue: given back (`released`)
 * it has failed, and it cannot be retried.
 * Sent again with the same id by the same worker it gives the same run and token. Throws `conflict` when the id is another's.
 */
export async function startRun(ctx: Context, input: StartRun): Promise<Started> {
  requireScope(ctx, 'runs:work')
  const start = parseInput(StartRun, input)
  await refuseSecrets(ctx.secrets, { input: start.input, name: start.name, labels: start.labels })
  const { id, workerId, leaseSeconds, startedAt, pid, name, timeoutSeconds, ...rest } = start
  const projectId = projectFor(ctx.actor, start.projectId)
  const [answer] = await ctx.runs.insert([
    {
      ...rest,
      id,
      projectId,
      input: start.input ?? null,
      name: name ?? null,
      timeoutSeconds: timeoutSeconds ?? null,
      idempotencyKey: null,
      idempotencyHash: null,
      maxAttempts: 1,
      runAt: startedAt ?? { inMs: 0 },
      createdBy: ctx.actor.name,
      started: { workerId, leaseSeconds, startedAt: startedAt ?? null, pid: pid ?? null },
    },
  ])
  const { run, inserted } = answer as Inserted
  if (
    !inserted &&
    !(run.claimedBy === workerId && run.kind === start.kind && seesProject(ctx.actor, run.projectId))
  )
    throw new LedgerError('conflict', `the id ${id} belongs to another run; make a new ULID`)
  return { run, leaseToken: toLeaseToken(ctx.signer, { id, fence: 1, leaseSeconds }), replayed: !inserted }
}
