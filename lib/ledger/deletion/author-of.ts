import type { Context } from '../../ports/context.ts'
import type { DeletionAuthor } from '../../ports/deletion-store.ts'

/** Who deletes, and why, as the audit keeps it. */
export function authorOf(ctx: Context, reason: string, sweepId: string | null = null): DeletionAuthor {
  return { actor: ctx.actor.name, requestId: ctx.requestId, sweepId, reason, newId: ctx.newId }
}
