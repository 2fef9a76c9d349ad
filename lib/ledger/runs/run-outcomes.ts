import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { percentileMs } from '../../run/durations.ts'
import { LedgerError } from '../../run/errors.ts'
import { ProjectFilter, RunKind } from '../../run/ids.ts'
import { Instant } from '../../run/instant.ts'
import type { FinalState } from '../../run/transitions.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { shownProject } from '../scripts/scripts.ts'
import { rollUpNowAndThen } from './run-stats.ts'

const MOST_STEPS = 400

export const GetOutcomes = z.strictObject({
  since: Instant.meta({ description: 'Counted from the hour this lies in' }),
  before: Instant.optional().meta({ description: 'Up to but not in the hour this lies in. Default: now' }),
  stepHours: z.number().int().min(1).max(8_784).default(1),
  kind: RunKind.optional(),
  projectId: ProjectFilter.optional(),
  timed: z.boolean().default(false).meta({ description: 'Whether it is asked how long they took' }),
})
export type GetOutcomes = z.input<typeof GetOutcomes>

/** What ended within a step of time. */
export interface OutcomePoint extends Record<FinalState, number> {
  /** When it began. */
  at: string
}

/** How runs ended over a time, and how long they took. */
export interface RunOutcomes {
  /** Each step of the time, the first one first, also those in which nothing ended. */
  points: OutcomePoint[]
  total: Record<FinalState, number>
  /** succeeded / (succeeded + failed); null: there is none of them. */
  successRate: number | null
  /** Of those that were not canceled, at most 19 % too high; null: there is none, or it was not asked for. */
  medianDurationMs: number | null
  p95DurationMs: number | null
}

/**
 * What ended since an hour, by steps of hours, from roll-ups that are a minute behind at most and outlive the runs. Throws `invalid` for
 * more than 400 steps.
 */
export async function runOutcomes(ctx: Context, input: GetOutcomes): Promise<RunOutcomes> {
  requireScope(ctx, 'runs:read')
  const { projectId, stepHours, ...asked } = parseInput(GetOutcomes, input)
  const steps = stepsOf({ ...asked, stepHours }, ctx.now())
  await rollUpNowAndThen(ctx)
  const { hours, durations } = await ctx.runs.outcomes({ ...asked, projectId: shownProject(ctx, projectId) })
  const points = steps.map((at) => ({ at, succeeded: 0, failed: 0, canceled: 0 }))
  const total = { succeeded: 0, failed: 0, canceled: 0 }
  for (const { at, state, count } of hours) {
    total[state] += count
    const point = points[Math.floor((Date.parse(at) - firstHour(asked.since)) / (stepHours * HOUR_MS))]
    if (point !== undefined) point[state] += count
  }
  const { succeeded, failed } = total
  const worked = durations
    .filter(({ state }) => state !== 'canceled')
    .map(({ bucket, count }): [number, number] => [bucket, count])
  return {
    points,
    total,
    successRate: succeeded + failed === 0 ? null : succeeded / (succeeded + failed),
    medianDurationMs: percentileMs(worked, 0.5),
    p95DurationMs: percentileMs(worked, 0.95),
  }
}

const HOUR_MS = 3_600_000

const firstHour = (since: string) => Math.floor(Date.parse(since) / HOUR_MS) * HOUR_MS

/** When each step begins. */
function stepsOf(
  { since, before, stepHours }: Pick<z.output<typeof GetOutcomes>, 'since' | 'before' | 'stepHours'>,
  now: number,
): string[] {
  const from = firstHour(since)
  const until = before === undefined ? now : Date.parse(before)
  const count = Math.max(0, Math.ceil((until - from) / (stepHours * HOUR_MS)))
  if (count > MOST_STEPS)
    throw new LedgerError(
      'invalid',
      `these are ${count} steps; ask for ${MOST_STEPS} at most, or longer ones`,
    )
  return Array.from({ length: count }, (_, n) => new Date(from + n * stepHours * HOUR_MS).toISOString())
}
