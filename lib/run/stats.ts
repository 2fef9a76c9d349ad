import { z } from 'zod'
import { RunKind } from './ids.ts'
import { LIMITS } from './limits.ts'

/** Counts and durations of a window of time, from hourly roll-ups that are a minute behind at most. */
export const RunStats = z
  .object({
    since: z.iso.datetime(),
    total: z
      .number()
      .int()
      .meta({ description: 'Runs that ended in the window, and those queued or running now' }),
    byState: z.object({
      queued: z.number().int(),
      running: z.number().int(),
      succeeded: z.number().int(),
      failed: z.number().int(),
      canceled: z.number().int(),
    }),
    successRate: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .meta({ description: 'succeeded / (succeeded + failed)' }),
    averageDurationMs: z.number().int().nullable(),
    p95DurationMs: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'From a histogram, at most 19 % too high' }),
    queue: z
      .array(
        z.object({
          kind: RunKind,
          depth: z.number().int().meta({ description: 'Queued runs of the kind, delayed ones included' }),
          due: z.number().int().meta({ description: 'Those whose time has come' }),
          oldestAgeSeconds: z
            .number()
            .nullable()
            .meta({ description: 'How long the oldest due run has waited' }),
        }),
      )
      .meta({ description: `The ${LIMITS.statsKinds} kinds of which most wait` }),
  })
  .meta({ id: 'RunStats' })
export type RunStats = z.infer<typeof RunStats>
