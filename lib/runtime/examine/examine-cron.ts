import type { Finding } from '../../cli/commands/doctor.ts'
import { spokenDuration } from '../../cli/terminal/spoken-time.ts'
import type { Verbs } from '../../client/verbs.ts'
import type { ShownCronJob } from '../../ledger/cron/cron-jobs.ts'
import type { CronExecution, ExecutionStatus } from '../../run/cron-execution.ts'
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
  const { data: missed } = await verbs.listCronExecutions({ status: ['missed'], since, limit: MOST })
  const { data: newest } = await verbs.listCronExecutions({ status: [...RAN], since, limit: MOST })
  const late = newest.filter(({ reason }) => reason?.startsWith('late:'))
  const names = new Map(jobs.map(({ id, name }) => [id, name]))
  for (const [some, what] of [
    [missed, 'missed'],
    [late, 'late'],
  ] as const)
    if (some.length > 0)
      yield {
        name: NAME,
        status: 'warn',
        message: `${told(some, names)} ${some.length === 1 ? 'was' : 'were'} ${what} in the last day: ticks came up to ${latest(some)} late`,
        advice: 'let something call /api/cron/tick as often as the finest schedule (README, Cron jobs)',
      }
  if (stuck.length + missed.length + late.length === 0)
    yield {
      name: NAME,
      status: 'ok',
      message: `${jobs.length} jobs enabled, no occurrence missed or late in the last day`,
    }
}

const MOST = 100
const RAN = ['completed', 'failed', 'timeout', 'running'] as const satisfies ExecutionStatus[]

function told(some: CronExecution[], names: Map<string, string>): string {
  const of = [...new Set(some.map(({ cronJobId }) => names.get(cronJobId) ?? cronJobId))]
  const count = some.length === MOST ? `over ${MOST}` : some.length
  return `${count} ${some.length === 1 ? 'occurrence' : 'occurrences'} of ${of.join(', ')}`
}

const latest = (some: CronExecution[]) => spokenDuration(Math.max(...some.map(({ lateMs }) => lateMs ?? 0)))

async function enabledJobs(verbs: Verbs): Promise<ShownCronJob[] | null> {
  try {
    return (await verbs.listCronJobs({ isEnabled: true, limit: 100 })).data
  } catch (error) {
    // What is wrong with a key is another finding.
    if (isLedgerError(error) && (error.code === 'forbidden' || error.code === 'unauthorized')) return null
    throw error
  }
}
