import type { Context } from '../../ports/context.ts'
import { LIMITS } from '../../run/limits.ts'

export interface ArchiveSuccess {
  since: string
  archived: number
  failed: number
  /** From 0 to 1; null where nothing was to be archived. */
  successRatio: number | null
}

const WINDOW_MS = 30 * 86_400_000

/** What archive sweeps have done in the last 30 days, of which the last hundred are looked at, and what they could not. Source 002. */
export async function archiveSuccess(ctx: Context): Promise<ArchiveSuccess> {
  const since = new Date(ctx.now() - WINDOW_MS).toISOString()
  const sweeps = await ctx.sweeps.list({ kind: 'archive', limit: LIMITS.pageSize })
  const those = sweeps.filter(({ dryRun, startedAt }) => !dryRun && startedAt >= since)
  const sum = (name: string) => those.reduce((total, { counts }) => total + (counts[name] ?? 0), 0)
  const [archived, failed] = [sum('archived') + sum('resumed'), sum('failed')]
  const tried = archived + failed
  return { since, archived, failed, successRatio: tried === 0 ? null : archived / tried }
}
