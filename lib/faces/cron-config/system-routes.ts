import type { Route } from '../../http/route.ts'
import { reloadCronJobs } from '../../ledger/cron/reload-cron-jobs.ts'
import { seedCronJobs } from '../../ledger/cron/seed-cron-jobs.ts'
import { validateSchedule } from '../../ledger/cron/validate-schedule.ts'
import { parseInput } from '../../ledger/parse-input.ts'
import type { Context } from '../../ports/context.ts'
import { isLedgerError } from '../../run/errors.ts'
import { answer } from './answer.ts'
import { Reloaded, Seeded, timed, Validated, ValidateExpression } from './shapes.ts'

const TAG = 'Cron configuration'

/** What concerns all jobs, or none. */
export const systemRoutes: Route[] = [
  {
    method: 'post',
    path: '/cron-config/seed',
    operationId: 'seedCronConfigs',
    summary: 'Make the jobs of the program’s own',
    description: 'Twice it makes nothing, and what a person has set is kept.',
    tag: TAG,
    scope: 'admin',
    responses: { 200: { description: 'What was made', schema: timed(Seeded) } },
    async handler({ c, ctx }) {
      const { created, updated, skipped } = await seedCronJobs(ctx)
      return answer(
        { c, ctx },
        { message: 'Cron configuration seeding completed', created, updated, skipped },
      )
    },
  },
  {
    method: 'post',
    path: '/cron-config/reload',
    operationId: 'reloadCronConfigs',
    summary: 'Read the variables in schedules anew',
    description: 'Jobs themselves are read at every tick.',
    tag: TAG,
    scope: 'admin',
    responses: { 200: { description: 'The jobs that will run', schema: timed(Reloaded) } },
    async handler({ c, ctx }) {
      const jobs = await reloadCronJobs(ctx)
      const activeJobs = jobs.map(({ name, schedule, nextRunAt }) => ({ name, schedule, nextRun: nextRunAt }))
      return answer({ c, ctx }, { message: 'Cron jobs reloaded successfully', activeJobs })
    },
  },
  {
    method: 'post',
    path: '/cron-config/validate-expression',
    operationId: 'validateCronExpression',
    summary: 'What an expression means, or what is wrong with it',
    tag: TAG,
    scope: 'admin',
    body: ValidateExpression,
    responses: { 200: { description: 'Whether it is valid', schema: timed(Validated) } },
    async handler({ c, ctx, body = {} }) {
      const { expression, timezone } = parseInput(ValidateExpression, body)
      return answer({ c, ctx }, { expression, ...(await validated(ctx, expression, timezone)) })
    },
  },
]

/** A wrong one is an answer, not an error: that is what was asked. */
async function validated(ctx: Context, schedule: string, timeZone: string | undefined) {
  try {
    const asked = { schedule, ...(timeZone === undefined ? {} : { timeZone }) }
    const { words, nextRuns } = await validateSchedule(ctx, asked)
    return { valid: true, message: words, nextRuns }
  } catch (error) {
    if (!isLedgerError(error) || error.code !== 'invalid') throw error
    return { valid: false, message: error.message, nextRuns: [] }
  }
}
