import type { Context } from '../../ports/context.ts'
import { auditOfRun } from '../../run/audit.ts'
import type { Run } from '../../run/run.ts'
import { getRun } from '../runs/get-run.ts'

/** What a run is while it is under way. */
const UNDER_WAY = { 'run.archived': 'archiving', 'run.restored': 'restoring' } as const

/**
 * Does some of the work, and gives back the run as it is then. Where that is begun and not through, also for an error, the audit keeps
 * who asked for it: whoever goes on with it does so by a name of their own.
 */
export async function tellBegun(
  ctx: Context,
  before: Run,
  action: keyof typeof UNDER_WAY,
  work: () => Promise<unknown>,
): Promise<Run> {
  const tell = async () => {
    const run = await getRun(ctx, { id: before.id }, 'runs:write')
    const isBegun = before.storageState !== UNDER_WAY[action] && run.storageState === UNDER_WAY[action]
    if (isBegun) await append(ctx, run, action)
    return run
  }
  try {
    await work()
  } catch (error) {
    await tell().catch((trouble: unknown) =>
      ctx.log.warn('the audit does not say who asked for what was begun', {
        runId: before.id,
        error: trouble,
      }),
    )
    throw error
  }
  return await tell()
}

async function append(ctx: Context, run: Run, action: keyof typeof UNDER_WAY): Promise<void> {
  const { actor, requestId } = ctx
  const who = { id: ctx.newId(), action, phase: 'pending' as const, actor: actor.name, requestId }
  await ctx.audit.append([{ ...auditOfRun(run), ...who }])
}
