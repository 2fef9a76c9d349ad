import type { Context } from '../../ports/context.ts'
import type { Alert } from '../../run/alert.ts'
import { LIMITS } from '../../run/limits.ts'
import { listAlerts } from '../alerts/list-alerts.ts'
import { requireScope } from '../require-scope.ts'

/** How sure it is that nothing is lost. */
export interface Integrity {
  /** Archives that are kept; of very many an estimate. */
  archives: number
  /** Those of them that were read again in the last 30 days, from 0 to 1; null where there are none. */
  coverage: number | null
  /** There are so many others that they were not all counted: it is no more than that. */
  isAtMost: boolean
  oldest: { runId: string; verifiedAt: string } | null
  /** Archives that are not as they were written, and runs whose objects are gone, which nobody has settled. */
  incidents: Alert[]
}

/** Within so many days every archive should have been read again. */
export const COVERAGE_DAYS = 30
/** So many are counted that were not read; that many are trouble in any case. */
const MOST_COUNTED = 20_000
const LOSSES: ReadonlySet<string> = new Set(['archive.damaged', 'storage.missing'])

/** How much of what is archived was read again of late, what was read longest ago, and what was found wrong. */
export async function readIntegrity(ctx: Context): Promise<Integrity> {
  requireScope(ctx, 'admin')
  const since = new Date(ctx.now() - COVERAGE_DAYS * 86_400_000).toISOString()
  const [{ archives, unread, oldest }, alerts] = await Promise.all([
    ctx.archives.coverage(since, MOST_COUNTED),
    listAlerts(ctx, { state: 'open', limit: LIMITS.pageSize }),
  ])
  return {
    archives,
    coverage: archives === 0 ? null : Math.max(0, 1 - unread / archives),
    isAtMost: unread >= MOST_COUNTED,
    oldest,
    incidents: alerts.data.filter(({ type }) => LOSSES.has(type)),
  }
}
