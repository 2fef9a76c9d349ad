import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'
import { Timestamp } from '../../run/run.ts'
import { nextTimes } from '../../run/schedule.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { CronJobFields, refuseVariables } from './job-input.ts'
import { readSchedule } from './job-standing.ts'

export const ValidateSchedule = z
  .strictObject({ schedule: CronJobFields.schedule, timeZone: CronJobFields.timeZone.default('UTC') })
  .meta({ id: 'ValidateSchedule' })
export type ValidateSchedule = z.input<typeof ValidateSchedule>

export const ValidatedSchedule = z
  .object({ words: z.string(), nextRuns: z.array(Timestamp).meta({ description: 'The next five times' }) })
  .meta({ id: 'ValidatedSchedule' })
export type ValidatedSchedule = z.infer<typeof ValidatedSchedule>

const NEXT_RUNS = 5

/** What a schedule means, in words and in its next five times; nothing is kept. Throws `invalid` with the reason. */
export async function validateSchedule(ctx: Context, input: ValidateSchedule): Promise<ValidatedSchedule> {
  requireScope(ctx, 'admin')
  const given = parseInput(ValidateSchedule, input)
  refuseVariables(given.schedule)
  const { schedule, problem } = readSchedule(ctx, given)
  if (problem !== null)
    throw new LedgerError('invalid', `schedule: ${problem}`, {
      issues: [{ path: 'schedule', message: problem }],
    })
  return { words: schedule.words, nextRuns: nextTimes(schedule, await ctx.cron.now(), NEXT_RUNS) }
}
