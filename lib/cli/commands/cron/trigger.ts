import type { CronExecution } from '../../../run/cron-execution.ts'
import type { CommandDependencies } from '../../outside.ts'
import { toShell } from '../../program/to-shell.ts'
import { executionTook, lookOfStatus, markedStatus } from '../../terminal/execution-words.ts'
import { plainText } from '../../terminal/plain-text.ts'
import { toJson } from '../../terminal/to-json.ts'
import { INTERRUPTED, untilInterrupted } from '../../until-interrupted.ts'
import { withVerbs } from '../../with-verbs.ts'
import { followExecution } from './follow-execution.ts'

export interface TriggerOptions {
  job: string
  /** Until it has ended, with its retries. */
  wait: boolean
}

const FAILED = 1

/**
 * `cron trigger`: runs a job now and prints the id of its execution alone, for a script to keep. With `--wait` it ends with 0 when
 * that has completed, else with 1; Ctrl-C ends the waiting alone, with 130.
 */
export async function triggerCronCommand(
  options: TriggerOptions,
  deps: CommandDependencies,
): Promise<number> {
  if (options.wait) return await triggerAndWait(options, deps)
  const { terminal, format } = deps
  const triggered = await withVerbs(deps, (verbs) => verbs.triggerCronJob({ job: options.job }))
  if (format !== 'text') terminal.print(toJson(triggered))
  else {
    terminal.print(triggered.executionId)
    terminal.hint(`It will run. See how it went: ${historyOf(options)}`)
  }
  return 0
}

async function triggerAndWait(options: TriggerOptions, deps: CommandDependencies): Promise<number> {
  const { terminal, format, now } = deps
  let isTriggered = false
  const exitCode = await untilInterrupted(terminal, (signal) =>
    withVerbs(deps, async (verbs) => {
      const { executionId } = await verbs.triggerCronJob({ job: options.job })
      isTriggered = true
      if (format === 'text') terminal.print(executionId)
      try {
        const ended = await followExecution(verbs, executionId, { terminal, now, signal })
        if (ended === null) return INTERRUPTED
        if (format === 'text') show(ended, deps)
        else terminal.print(toJson(ended))
        return ended.status === 'completed' ? 0 : FAILED
      } finally {
        terminal.draw(null)
      }
    }),
  )
  if (exitCode === INTERRUPTED && isTriggered) terminal.warn(`it goes on: ${historyOf(options)}`)
  return exitCode
}

const historyOf = ({ job }: TriggerOptions) => toShell(['runledger', 'cron', 'history', job], {})

function show(ended: CronExecution, { terminal, now }: CommandDependencies): void {
  const took = executionTook(ended, now())
  const { status, errorMessage, output, reason, runId } = ended
  terminal.print(
    terminal.paint(lookOfStatus(status), markedStatus(status)) + (took === '' ? '' : ` after ${took}`),
  )
  const told = errorMessage ?? (status === 'completed' ? output : reason)
  if (told) terminal.print(plainText(told).trimEnd())
  if (runId !== null) terminal.hint(`What it printed: runledger runs logs ${runId}`)
}
