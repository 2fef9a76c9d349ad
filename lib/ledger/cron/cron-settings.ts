import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { CronSettings, DEFAULT_CRON_SETTINGS } from '../../run/cron-settings.ts'
import { Timestamp } from '../../run/run.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { auditOfJobs } from './audit-of-cron.ts'

/** The settings, and who set them. */
export const ShownCronSettings = CronSettings.extend({
  changes: z
    .record(z.string(), z.object({ by: z.string(), at: Timestamp }))
    .meta({ description: 'By setting, who set it last and when; the others are at their defaults' }),
}).meta({ id: 'ShownCronSettings' })
export type ShownCronSettings = z.infer<typeof ShownCronSettings>

/** What all cron jobs have in common. */
export async function getCronSettings(ctx: Context): Promise<ShownCronSettings> {
  requireScope(ctx, 'admin')
  const stored = await ctx.cron.settings()
  const changes = stored.filter(({ key }) => key in CronSettings.shape)
  return {
    ...(await readCronSettings(ctx)),
    changes: Object.fromEntries(changes.map(({ key, updatedBy: by, updatedAt: at }) => [key, { by, at }])),
  }
}

export const PutCronSettings = CronSettings.partial()
  .refine((settings) => Object.keys(settings).length > 0, 'give one setting at least')
  .meta({ id: 'PutCronSettings' })
export type PutCronSettings = z.input<typeof PutCronSettings>

/** Sets what is given and leaves the rest. A default counts for jobs that are made from then on. */
export async function putCronSettings(ctx: Context, input: PutCronSettings): Promise<ShownCronSettings> {
  requireScope(ctx, 'admin')
  const settings = parseInput(PutCronSettings, input)
  await ctx.cron.putSettings(settings, ctx.actor.name, auditOfJobs(ctx, 'cron.settings', settings))
  return await getCronSettings(ctx)
}

/** The settings as they count; one that cannot be read is at its default. */
export async function readCronSettings(ctx: Context): Promise<CronSettings> {
  const read: Record<string, unknown> = { ...DEFAULT_CRON_SETTINGS }
  for (const { key, value } of await ctx.cron.settings()) {
    const parsed = CronSettings.shape[key as keyof CronSettings]?.safeParse(value)
    if (parsed?.success) read[key] = parsed.data
  }
  return CronSettings.parse(read)
}
