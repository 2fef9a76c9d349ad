import { z } from 'zod'
import type { Scope } from '../../ports/actor.ts'
import type { Context } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'
import { RunId } from '../../run/ids.ts'
import { PUT_AWAY_STATES, type Run, type StorageState } from '../../run/run.ts'
import { refuseStranger } from '../archives/may-use-archive.ts'
import { parseInput } from '../parse-input.ts'
import { seesProject } from '../project.ts'
import { requireScope } from '../require-scope.ts'

export const GetRun = z.strictObject({ id: RunId })
export type GetRun = z.input<typeof GetRun>

const PUT_AWAY: ReadonlySet<StorageState> = new Set(PUT_AWAY_STATES)

/**
 * One run. Throws `not_found` when there is none, or none that the actor may know of; `forbidden` where it is archived or deleted and
 * not the actor's, except to a worker. Sources 002, 004.
 */
export async function getRun(ctx: Context, input: GetRun, scope: Scope = 'runs:read'): Promise<Run> {
  requireScope(ctx, scope)
  const { id } = parseInput(GetRun, input)
  const [run] = await ctx.runs.get([id])
  if (!run || !seesProject(ctx.actor, run.projectId)) throw notFound(id)
  if (scope !== 'runs:work' && PUT_AWAY.has(run.storageState)) refuseStranger(ctx, run)
  return run
}

/** The same words whether there is none or none the actor may know of. */
export function notFound(id: string): LedgerError {
  return new LedgerError('not_found', `there is no run ${id}`)
}
