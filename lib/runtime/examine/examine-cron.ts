import type { Finding } from '../../cli/commands/doctor.ts'
import { spokenDuration } from '../../cli/terminal/spoken-time.ts'
import type { Verbs } from '../../client/verbs.ts'
import type { ShownCronJob } from '../../ledger/cron/cron-jobs.ts'
import { isLedgerError } from '../../run/errors.ts'

const DAY_MS = 86_400_000
const NAME = 'cron'

/** Whether cron jobs run when they should, as far as what came of them in the last day tells; nothing for a key that may not ask. */
export async function* examineCron(verbs: Verbs): AsyncGenerator<Finding> {
  const jobs = await enabledJobs(verbs)
  if (jobs === null) return
  const stuck = jobs.filter(({ problem }) => problem !== null)
  for (const { name, problem } of stuck)
    yield {
      name: NAME,
      status: 'warn',
      message: `${name} does not run: ${problem}`,
      advice: `put it right, or: runledger cron disable ${name}`,
    }
  const since = new Date(Date.now() - DAY_MS).toISOString()
  const { data: missed } = await verbs.listCronExecutions({ status: ['missed'], since, limit: 100 })
  if (missed.length > 0) {
    const names = new Map(jobs.map(({ id, name }) => [id, name]))
    const late = [...new Set(missed.map(({ cronJobId }) => names.get(cronJobId) ?? cronJobId))]
    const most = Math.max(...missed.map(({ lateMs }) => lateMs ?? 0))
    yield {
      name: NAME,
      status: 'warn',
      message: `${missed.length === 100 ? 'over 100' : missed.length} occurrences of ${late.join(', ')} were missed in the last day: ticks came up to ${spokenDuration(most)} late`,
      advice: 'let something call /api/cron/tick as often as the finest schedule (README, Cron jobs)',
    }
  }
  if (stuck.length === 0 && missed.length === 0)
    yield {
      name: NAME,
      status: 'ok',
      message: `${jobs.length} jobs enabled, no occurrence missed in the last day`,
    }
}

async function enabledJobs(verbs: Verbs): Promise<ShownCronJob[] | null> {
  try {
    return (await verbs.listCronJobs({ isEnabled: true, limit: 100 })).data
  } catch (error) {
    // What is wrong with a key is another finding.
    if (isLedgerError(error) && (error.code === 'forbidden' || error.code === 'unauthorized')) return null
    throw error
  }
}
