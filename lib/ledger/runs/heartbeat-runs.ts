import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { Beat } from '../../ports/run-store.ts'
import { attempt, isLedgerError, LedgerError } from '../../run/errors.ts'
import { RunId } from '../../run/ids.ts'
import { LIMITS } from '../../run/limits.ts'
import { batchOf, parseInput } from '../parse-input.ts'
import { projectGuard, seesProject } from '../project.ts'
import { requireScope } from '../require-scope.ts'
import { notFound } from './get-run.ts'
import { fromLeaseToken, LeaseToken } from './lease-token.ts'

/** A sign of life, with how far the run got. */
export const HeartbeatRun = z
  .strictObject({
    id: RunId.optional().meta({ description: 'Checked against the token where given' }),
    leaseToken: LeaseToken,
    progress: z
      .number()
      .min(0)
      .max(100)
      .transform((value) => Math.floor(value))
      .optional(),
    message: z
      .string()
      .max(LIMITS.progressMessage)
      .transform((text) => text.replaceAll('\u0000', '\uFFFD').toWellFormed())
      .optional(),
  })
  .meta({ id: 'HeartbeatRun' })
export type HeartbeatRun = z.input<typeof HeartbeatRun>

export interface Heartbeat {
  id: string
  leaseExpiresAt: string
  cancelRequested: boolean
}

/** Extends one lease by its length. Throws `lease_lost` when the run is no longer the caller's: stop at once. */
export async function heartbeatRun(ctx: Context, input: HeartbeatRun): Promise<Heartbeat> {
  const [answer] = await heartbeatRuns(ctx, [input])
  if (isLedgerError(answer)) throw answer
  return answer as Heartbeat
}

const BATCH = batchOf(LIMITS.reportBatch)

/** The same for up to 500 at once; each answer, in order, is a heartbeat or an error. */
export async function heartbeatRuns(ctx: Context, inputs: unknown[]): Promise<(Heartbeat | LedgerError)[]> {
  requireScope(ctx, 'runs:work')
  parseInput(BATCH, inputs)
  const beats = inputs.map((input) => attempt(() => toBeat(ctx, input)))
  const sent = beats.filter((beat) => !isLedgerError(beat)) as Beat[]
  const answers = await ctx.runs.beat(sent)
  const unheld = sent.filter((_, n) => answers[n] === null).map(({ id }) => id)
  const refusals = await refusalsFor(ctx, unheld)
  return beats.map((beat) => {
    if (isLedgerError(beat)) return beat
    const answer = answers.shift()
    return answer ? { id: beat.id, ...answer } : (refusals.get(beat.id) as LedgerError)
  })
}

async function refusalsFor(ctx: Context, ids: string[]): Promise<Map<string, LedgerError>> {
  const runs = ids.length === 0 ? [] : await ctx.runs.get(ids)
  return new Map(
    ids.map((id, n) => [
      id,
      runs[n] && seesProject(ctx.actor, runs[n].projectId) ? leaseLost(id) : notFound(id),
    ]),
  )
}

/** The 409 of everyone who is too late. */
export function leaseLost(id: string): LedgerError {
  return new LedgerError(
    'lease_lost',
    `run ${id} is no longer held under this lease token; stop working on it`,
  )
}

function toBeat(ctx: Context, input: unknown): Beat {
  const { id, leaseToken, progress, message } = parseInput(HeartbeatRun, input)
  const lease = fromLeaseToken(ctx.signer, leaseToken, id)
  return { ...lease, ...projectGuard(ctx.actor), actor: ctx.actor.name, progress, message }
}
