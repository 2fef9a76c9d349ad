import type { Run } from '../../run/run.ts'
import type { ScheduledScript, ScriptOverview } from '../../run/script.ts'
import type { RunState } from '../../run/transitions.ts'

/** A state as the old dashboard's number: succeeded, waiting to be run, in progress, failed. */
export type ScriptStatus = 0 | 1 | 2 | -1

/** The number of a state. What was canceled has failed, to those who know no other word. */
export function toScriptStatus(state: RunState): ScriptStatus {
  switch (state) {
    case 'queued':
      return 1
    case 'running':
      return 2
    case 'succeeded':
      return 0
    case 'failed':
    case 'canceled':
      return -1
  }
}

/** The states a number stands for; the first is the one it asks for where it is said of a run. */
export function fromScriptStatus(status: ScriptStatus): [RunState, ...RunState[]] {
  switch (status) {
    case 1:
      return ['queued']
    case 2:
      return ['running']
    case 0:
      return ['succeeded']
    case -1:
      return ['failed', 'canceled']
  }
}

/** A run as a row of the log. */
export function toLogRow(run: Run) {
  return {
    id: run.id,
    scriptName: run.kind,
    status: toScriptStatus(run.state),
    startTime: run.startedAt,
    endTime: run.finishedAt,
    duration: run.durationMs,
    message: toMessage(run),
  }
}

function toMessage({ state, error, progressMessage }: Run): string | null {
  switch (state) {
    case 'failed':
      return error ?? progressMessage
    case 'canceled':
      return error ?? 'canceled'
    case 'queued':
    case 'running':
    case 'succeeded':
      return progressMessage
  }
}

/** A script as a row of the list. */
export function toScriptRow({ id, name, label, options, last }: ScriptOverview) {
  return { id, scriptName: name, label, options, ...toLast(last) }
}

/** A script as a row of the dashboard; without a schedule it is run by hand. */
export function toDashboardRow({ scheduled, ...script }: ScheduledScript) {
  return {
    ...toScriptRow(script),
    count: script.count,
    schedule: scheduled?.schedule ?? null,
    enabled: scheduled?.isEnabled ?? false,
  }
}

function toLast(last: ScriptOverview['last']) {
  return {
    status: last && toScriptStatus(last.state),
    startTime: last?.startedAt ?? null,
    endTime: last?.finishedAt ?? null,
  }
}
