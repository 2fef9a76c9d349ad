import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { CronSettings } from '../../run/cron-settings.ts'
import { Timestamp } from '../../run/run.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { readCronSettings } from './cron-settings.ts'

export const CleanupOldExecutions = z.strictObject({
  days: CronSettings.shape.executionRetentionDays.optional().meta({ description: 'Default: the setting' }),
})
export type CleanupOldExecutions = z.input<typeof CleanupOldExecutions>

export const CleanedExecutions = z.object({
  deleted: z.number().int(),
  cutoffDate: Timestamp,
  more: z.boolean().meta({ description: 'Time ran out before the work did' }),
})
export type CleanedExecutions = z.infer<typeof CleanedExecutions>

const BATCH = 2_000
const DAY_MS = 86_400_000
const DEFAULT_BUDGET_MS = 30_000

/** Forgets executions that are older than so many days, in batches; what is open stays, and the last one of each job. Source 003. */
export async function cleanupOldExecutions(
  ctx: Context,
  input: CleanupOldExecutions = {},
  { signal, budgetMs = DEFAULT_BUDGET_MS }: { signal?: AbortSignal; budgetMs?: number } = {},
): Promise<CleanedExecutions> {
  requireScope(ctx, 'admin')
  const { days = (await readCronSettings(ctx)).executionRetentionDays } = parseInput(
    CleanupOldExecutions,
    input,
  )
  const until = ctx.now() + budgetMs
  const cutoffDate = new Date(Date.parse(await ctx.cron.now()) - days * DAY_MS).toISOString()
  let deleted = 0
  for (;;) {
    const batch = await ctx.cron.deleteExecutions(cutoffDate, BATCH)
    deleted += batch
    if (batch < BATCH) return { deleted, cutoffDate, more: false }
    if (ctx.now() >= until || signal?.aborted) return { deleted, cutoffDate, more: true }
  }
}
