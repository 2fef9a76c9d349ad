import { z } from 'zod'
import { SYSTEM } from '../../ports/actor.ts'
import type { Context } from '../../ports/context.ts'
import { ProjectId, RunKind, WorkerId } from '../../run/ids.ts'
import { LIMITS } from '../../run/limits.ts'
import type { Run } from '../../run/run.ts'
import { Line } from '../../run/text.ts'
import { parseInput } from '../parse-input.ts'
import { projectFor } from '../project.ts'
import { requireScope } from '../require-scope.ts'
import { takeTurn } from './claim-turns.ts'
import { toLeaseToken } from './lease-token.ts'
import { seeToChores } from './see-to-chores.ts'
import { LeaseSeconds } from './start-run.ts'
import { waitForQueue } from './watch-queue.ts'

/** What a worker asks for. */
export const ClaimRuns = z
  .strictObject({
    workerId: WorkerId,
    claimId: Line.max(100)
      .optional()
      .meta({ description: 'Asked again with the same one, the runs still held under it come back' }),
    kinds: z.array(RunKind).min(1).max(LIMITS.claimKinds).optional().meta({ description: 'Default: any' }),
    projectId: ProjectId.nullable().optional().meta({ description: 'Default: the key’s own, else null' }),
    limit: z.number().int().min(1).max(LIMITS.claimBatch).default(1),
    leaseSeconds: LeaseSeconds,
    waitSeconds: z
      .number()
      .min(0)
      .max(LIMITS.waitSeconds)
      .default(0)
      .meta({ description: 'Wait this long for work' }),
  })
  .meta({ id: 'ClaimRuns' })
export type ClaimRuns = z.input<typeof ClaimRuns>

export interface Claimed {
  run: Run
  leaseToken: string
  leaseExpiresAt: string | null
}

/**
 * Takes up to `limit` due runs, highest priority first, then oldest. Two callers never receive the same run.
 * `signal` ends a wait early, so that nothing is taken for a caller who has gone. Source 004's `claimNext`.
 */
export async function claimRuns(ctx: Context, input: ClaimRuns, signal?: AbortSignal): Promise<Claimed[]> {
  requireScope(ctx, 'runs:work')
  const { waitSeconds, ...asked } = parseInput(ClaimRuns, input)
  const projectId = projectFor(ctx.actor, asked.projectId)
  const request = { ...asked, projectId, bytes: LIMITS.answerBytes }
  await seeToChores({ ...ctx, actor: SYSTEM })
  const until = ctx.now() + waitSeconds * 1_000
  const { claimId, workerId } = asked
  const turn = takeTurn(ctx.runs, claimId && [ctx.actor.limitKey, projectId, workerId, claimId].join('\n'))
  const isGone = () => signal?.aborted === true || turn.isOver()
  try {
    for (;;) {
      const runs = isGone() ? [] : await turn.take(() => ctx.runs.claim(request))
      const left = until - ctx.now()
      if (runs.length > 0 || left <= 0 || isGone())
        return runs.map((run) => toClaimed(ctx, run, request.leaseSeconds))
      await waitForQueue(ctx, request, left, signal)
    }
  } finally {
    turn.end()
  }
}

function toClaimed(ctx: Context, run: Run, leaseSeconds: number): Claimed {
  const leaseToken = toLeaseToken(ctx.signer, { id: run.id, fence: run.fence, leaseSeconds })
  return { run, leaseToken, leaseExpiresAt: run.leaseExpiresAt }
}
