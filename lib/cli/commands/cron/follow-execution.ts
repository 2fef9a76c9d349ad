import { setTimeout as sleep } from 'node:timers/promises'
import { Patience } from '../../../client/patience.ts'
import type { Verbs } from '../../../client/verbs.ts'
import type { CronExecution } from '../../../run/cron-execution.ts'
import { executionTook } from '../../terminal/execution-words.ts'
import type { Terminal } from '../../terminal/terminal.ts'

interface Watching {
  terminal: Terminal
  now: () => Date
  /** Ends the watching. */
  signal: AbortSignal
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2_000
/** Some five minutes in all, as those wait who follow. */
const TRIES = 22

/**
 * Watches an execution to its end, and where it is tried again that attempt, too; gives back the last one, or null when the signal
 * aborts. A ledger that goes away is waited for.
 */
export async function followExecution(
  verbs: Verbs,
  id: string,
  { terminal, now, signal }: Watching,
): Promise<CronExecution | null> {
  let seen = ''
  for (let at = id, pauseMs = FIRST_PAUSE_MS; !signal.aborted; ) {
    const execution = await patiently(() => verbs.getCronExecution({ id: at }), signal)
    const retry = isOver(execution) ? await patiently(() => retryOf(verbs, execution), signal) : undefined
    if (isOver(execution) && retry === undefined) return execution
    if (retry !== undefined) terminal.warn(`${toldOf(execution)}; it is tried again`)
    at = retry?.id ?? at
    terminal.draw(terminal.paint('dim', wordsFor(retry ?? execution, now())))
    const state = `${at} ${execution.status}`
    // What has just changed may soon change again.
    pauseMs = state === seen ? Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS) : FIRST_PAUSE_MS
    seen = state
    await sleep(pauseMs, undefined, { signal }).catch(() => {})
  }
  return null
}

const isOver = ({ status }: CronExecution) => status !== 'queued' && status !== 'running'

/** The next attempt, which is recorded with the failure of the one before. */
async function retryOf(verbs: Verbs, failed: CronExecution): Promise<CronExecution | undefined> {
  if (failed.status !== 'failed' && failed.status !== 'timeout') return undefined
  const { data } = await verbs.listCronExecutions({ job: failed.cronJobId, triggeredBy: 'retry' })
  return data.find(({ reason }) => reason?.startsWith(`attempt ${failed.id} `))
}

const toldOf = ({ status, errorMessage }: CronExecution) => errorMessage?.trim().split('\n', 1)[0] ?? status

function wordsFor(execution: CronExecution, now: Date): string {
  if (execution.status === 'queued')
    return Date.parse(execution.notBefore) > now.getTime()
      ? 'waiting before it is tried again …'
      : 'waiting for a server to take it …'
  const elapsed = executionTook(execution, now)
  return execution.runId === null ? `running … ${elapsed}` : `waiting for run ${execution.runId} … ${elapsed}`
}

async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (const patience = new Patience([signal], TRIES); ; )
    try {
      return await ask()
    } catch (error) {
      await patience.wait(error)
    }
}
