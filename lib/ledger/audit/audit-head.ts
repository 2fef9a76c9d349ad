import type { Context } from '../../ports/context.ts'
import type { AuditHead } from '../../run/audit.ts'
import { requireScope } from '../require-scope.ts'

/** The last row of the chain: how many there are, and the hash that stands for all of them; null while there is none. */
export async function auditHead(ctx: Context): Promise<AuditHead | null> {
  requireScope(ctx, 'admin')
  return await ctx.audit.head()
}
