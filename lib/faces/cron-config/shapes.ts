import { z } from 'zod'
import { success } from '../../http/success.ts'

/** `{success: true, data, timestamp}`. */
export const timed = <S extends z.ZodType>(data: S) => success(data, { timestamp: z.iso.datetime() })

const Time = z.iso.datetime().nullable()
const Count = z.number().int()

export const Config = z.object({
  id: z.string(),
  name: z.string(),
  schedule: z.string(),
  enabled: z.boolean(),
  description: z.string(),
  timezone: z.string(),
  scripts: z.array(z.object({ name: z.string() })),
  timeout: Count.meta({ description: 'Milliseconds' }),
  maxRetries: Count,
  lastRun: Time,
  nextRun: Time,
  runCount: Count,
  errorCount: Count,
  averageRunTime: Count.meta({ description: 'Milliseconds' }),
  frequency: z.string().nullable().meta({ description: 'The schedule in words' }),
  problem: z.string().nullable().meta({ description: 'Why it does not run although it is enabled' }),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
})
export type Config = z.infer<typeof Config>

const Names = z.array(z.string())
export const Seeded = z.object({ message: z.string(), created: Names, updated: Names, skipped: Names })
export const Reloaded = z.object({
  message: z.string(),
  activeJobs: z.array(z.object({ name: z.string(), schedule: z.string(), nextRun: Time })),
})
export const Stats = z.object({
  total: Count,
  enabled: Count,
  disabled: Count,
  totalRuns: Count,
  totalErrors: Count,
  averageRunTime: Count,
  errorRate: z.string().meta({ example: '2.50%' }),
})
export const Validated = z.object({
  expression: z.string(),
  valid: z.boolean(),
  message: z.string(),
  nextRuns: z.array(z.iso.datetime()),
})

/** What may be set of a configuration. Old clients may send more; it is not looked at. */
const ONE_SCRIPT = 'must be one script: a job runs one'
const Scripts = z.array(z.object({ name: z.string() }))

export const ConfigFields = z.object({
  schedule: z.string().optional(),
  enabled: z.boolean().optional(),
  description: z.string().optional(),
  timezone: z.string().optional(),
  timeout: z.number().int().optional().meta({ description: 'Milliseconds' }),
  maxRetries: z.number().int().optional(),
  scripts: Scripts.max(1, ONE_SCRIPT)
    .optional()
    .meta({ description: 'What it runs; without one, or with the one it has, that stays as it is' }),
})
export type ConfigFields = z.infer<typeof ConfigFields>

export const NewConfig = ConfigFields.extend({
  name: z.string(),
  schedule: z.string(),
  scripts: Scripts.length(1, ONE_SCRIPT)
    .optional()
    .meta({ description: 'What it runs; without, the script of its own name' }),
})
export const SetEnabled = z.object({ enabled: z.boolean() })
export const ValidateExpression = z.object({ expression: z.string(), timezone: z.string().optional() })
export const ListConfigs = z.object({
  enabled: z.stringbool({ truthy: ['true', '1'], falsy: ['false', '0'] }).optional(),
})
