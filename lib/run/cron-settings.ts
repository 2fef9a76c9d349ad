import { z } from 'zod'

/** What all cron jobs have in common. Source 003's global settings. */
export const CronSettings = z
  .strictObject({
    paused: z
      .boolean()
      .meta({ description: 'Occurrences are recorded as skipped; what is under way goes on' }),
    defaultTimeoutMs: z.number().int().min(100).max(86_400_000),
    defaultMaxRetries: z.number().int().min(0).max(20),
    executionRetentionDays: z.number().int().min(1).max(3_650),
    alertAfterFailures: z.number().int().min(1).max(1_000).meta({ description: 'Failures in a row' }),
    missedAfterSeconds: z
      .number()
      .int()
      .min(1)
      .max(86_400)
      .meta({ description: 'An occurrence that is fired later than this is late, and with `skip` missed' }),
  })
  .meta({ id: 'CronSettings' })
export type CronSettings = z.infer<typeof CronSettings>

/** What holds where nobody has set anything. */
export const DEFAULT_CRON_SETTINGS: CronSettings = {
  paused: false,
  defaultTimeoutMs: 120_000,
  defaultMaxRetries: 0,
  executionRetentionDays: 90,
  alertAfterFailures: 3,
  missedAfterSeconds: 600,
}
