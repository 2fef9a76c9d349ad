import { isLedgerError, type LedgerError } from '../run/errors.ts'
import { NotNow } from '../spool/asking.ts'
import type { SpoolVerbs } from '../spool/spool-verbs.ts'
import type { WorkVerbs } from './options.ts'

/** What a spool is delivered by, out of what a worker has; null where that takes no logs. */
export function spoolVerbsOf(verbs: WorkVerbs): SpoolVerbs | null {
  const { appendLog, startRun } = verbs
  if (appendLog === undefined) return null
  return {
    appendLog: (chunk) => appendLog.call(verbs, chunk),
    async startRun(run) {
      if (startRun) return await startRun.call(verbs, run)
      throw new NotNow('this worker’s client cannot start runs', { isForAll: false })
    },
    heartbeatRun: async (beat) => answered(await verbs.heartbeatRuns([beat])),
    succeedRun: async (end) => answered(await verbs.completeRuns([{ ...end, outcome: 'succeeded' }])),
    failRun: async (end) => answered(await verbs.completeRuns([{ ...end, outcome: 'failed' }])),
  }
}

function answered<T>([answer]: (T | LedgerError)[]): T | undefined {
  if (isLedgerError(answer)) throw answer
  return answer
}
