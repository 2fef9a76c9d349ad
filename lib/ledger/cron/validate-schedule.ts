import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'
import { Timestamp } from '../../run/run.ts'
import { nextTimes } from '../../run/schedule.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { CronJobFields, refuseVariables } from './job-input.ts'
import { readSchedule } from './job-standing.ts'

const MOST_TIMES = 100

export const ValidateSchedule = z
  .strictObject({
    schedule: CronJobFields.schedule,
    timeZone: CronJobFields.timeZone.default('UTC'),
    count: z.number().int().min(1).max(MOST_TIMES).default(5).meta({ description: 'How many times to name' }),
  })
  .meta({ id: 'ValidateSchedule' })
export type ValidateSchedule = z.input<typeof ValidateSchedule>

export const ValidatedSchedule = z
  .object({ words: z.string(), nextRuns: z.array(Timestamp).meta({ description: 'The next times' }) })
  .meta({ id: 'ValidatedSchedule' })
export type ValidatedSchedule = z.infer<typeof ValidatedSchedule>

/** What a schedule means, in words and in its next times (five); nothing is kept. Throws `invalid` with the reason. */
export async function validateSchedule(ctx: Context, input: ValidateSchedule): Promise<ValidatedSchedule> {
  requireScope(ctx, 'admin')
  const given = parseInput(ValidateSchedule, input)
  refuseVariables(given.schedule)
  const { schedule, problem } = readSchedule(ctx, given)
  if (problem !== null)
    throw new LedgerError('invalid', `schedule: ${problem}`, {
      issues: [{ path: 'schedule', message: problem }],
    })
  return { words: schedule.words, nextRuns: nextTimes(schedule, await ctx.cron.now(), given.count) }
}
