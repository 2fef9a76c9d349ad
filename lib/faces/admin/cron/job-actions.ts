import { cancelCronExecution } from '../../../ledger/cron/cron-executions.ts'
import { deleteCronJob } from '../../../ledger/cron/delete-cron-job.ts'
import { restoreCronJob } from '../../../ledger/cron/restore-cron-job.ts'
import { triggerCronJob } from '../../../ledger/cron/trigger-cron-job.ts'
import { setCronJobEnabled } from '../../../ledger/cron/update-cron-job.ts'
import { isLedgerError } from '../../../run/errors.ts'
import type { Page, PageCall } from '../page.ts'
import { paths } from '../paths.ts'
import { sayNext, sayRefused } from '../session/cookies.ts'

/** What is done with one job. */
export const jobActions: Page[] = [
  action('enable', async (call) => await enable(call, true)),
  action('disable', async (call) => await enable(call, false)),
  action('trigger', async ({ c, ctx, params }) => {
    const id = params.id ?? ''
    const { executionId } = await triggerCronJob(ctx, { job: id })
    sayNext(c, 'It was asked to run: this is what comes of it.')
    return paths.cronExecution(id, executionId)
  }),
  action('restore', async ({ c, ctx, params }) => {
    const { id, name } = await restoreCronJob(ctx, { job: params.id ?? '' })
    sayNext(c, `${name} is as the program has it.`)
    return paths.cronJob(id)
  }),
  action('delete', async ({ c, ctx, params }) => {
    await deleteCronJob(ctx, { job: params.id ?? '' })
    sayNext(c, 'The job is deleted.')
    return paths.cron()
  }),
  {
    method: 'post',
    path: `${paths.cronExecution('{id}', '{execution}')}/cancel`,
    scope: 'admin',
    async handler({ c, ctx, params, form }) {
      const { id = '', execution = '' } = params
      const reason = form.get('reason')
      const place = paths.cronExecution(id, execution)
      const cancel = async () => {
        const { status } = await cancelCronExecution(ctx, {
          id: execution,
          ...(reason === undefined ? {} : { reason }),
        })
        sayNext(c, status === 'canceled' ? 'The execution is canceled.' : 'Its run is asked to stop.')
        return place
      }
      return c.redirect(await cancel().catch((error) => refusedAt(c, error, place)), 303)
    },
  },
]

/** `act` says where it goes on. */
function action(name: string, act: (call: PageCall) => Promise<string>): Page {
  return {
    method: 'post',
    path: paths.cronAction('{id}', name),
    scope: 'admin',
    async handler(call) {
      const { c, params } = call
      const to = await act(call).catch((error) => refusedAt(c, error, paths.cronJob(params.id ?? '')))
      return c.redirect(to, 303)
    },
  }
}

/** What was refused since somebody else was quicker is said where one sees how it stands now: `place`, or, without the job, the list. */
function refusedAt(c: PageCall['c'], error: unknown, place: string): string {
  if (!isLedgerError(error) || (error.code !== 'conflict' && error.code !== 'not_found')) throw error
  sayRefused(c, `Nothing was done: ${error.message}`)
  return error.code === 'conflict' ? place : paths.cron()
}

async function enable({ c, ctx, params, form }: PageCall, isEnabled: boolean): Promise<string> {
  const { id, name, problem } = await setCronJobEnabled(ctx, { job: params.id ?? '', isEnabled })
  const trouble = isEnabled && problem !== null ? ` It cannot run yet: ${problem}.` : ''
  sayNext(c, `${name} is ${isEnabled ? 'enabled' : 'disabled: what is under way goes on'}.${trouble}`)
  const back = form.get('back') ?? ''
  return /^\/admin\/cron(\?[!-~]*)?$/.test(back) ? back : paths.cronJob(id)
}
