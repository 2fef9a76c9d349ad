import type { Context } from '../../ports/context.ts'
import { auditOfRun } from '../../run/audit.ts'
import type { Run } from '../../run/run.ts'

/** Keeps in the audit who asked for what is begun and not through: whoever goes on with it does so by a name of their own. */
export async function tellBegun(
  ctx: Context,
  run: Run,
  action: 'run.archived' | 'run.restored',
): Promise<void> {
  const { actor, requestId } = ctx
  const who = { id: ctx.newId(), action, phase: 'pending' as const, actor: actor.name, requestId }
  await ctx.audit.append([{ ...auditOfRun(run), ...who }])
}
