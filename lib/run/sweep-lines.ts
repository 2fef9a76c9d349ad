import type { Sweep } from './sweep.ts'

/** A sweep as lines of a log: who asked for it, what it found, who let it through, what went wrong, and what came of it. */
export function sweepLines(sweep: Sweep): string[] {
  const { id, startedAt, completedAt, approval, errors, plan } = sweep
  const line = (at: string, text: string) => `[${at}] ${id}: ${text.replaceAll(/\s+/g, ' ')}\n`
  const end = completedAt ?? startedAt
  const found = inWords(plan)
  return [
    line(startedAt, begunInWords(sweep)),
    ...(found === '' ? [] : [line(startedAt, `found ${found}`)]),
    ...errors.map(({ item, message }) => line(end, item === null ? message : `${item}: ${message}`)),
    line(end, endInWords(sweep)),
    ...(approval === null
      ? []
      : [
          line(
            approval.approvedAt,
            `let through by ${approval.approvedBy}: ${approval.mostRuns} runs and ${approval.mostBytes} bytes at most, until ${approval.expiresAt}`,
          ),
        ]),
  ]
}

function begunInWords({ kind, dryRun, policy, requestedBy }: Sweep): string {
  const { cutoffDate, scriptId } = policy
  const of = [
    ...(typeof cutoffDate === 'string' ? [` of runs that ended before ${cutoffDate}`] : []),
    ...(typeof scriptId === 'number' ? [` of the runs of script ${scriptId}`] : []),
  ]
  return `${kind}${of.join('')}, asked for by ${requestedBy}${dryRun ? ', only to look' : ''}`
}

function endInWords({ status, plan, counts, bytes, durationMs, more }: Sweep): string {
  if (status === 'running') return 'running'
  if (status === 'needs_approval')
    return `deleted nothing: it would have deleted ${String(plan.runs)} runs, and waits to be approved`
  const { deletedRuns, deletedLogFiles = 0, ...others } = counts
  const did =
    deletedRuns === undefined
      ? `did ${inWords(others) || 'nothing'}, ${bytes} bytes`
      : `deleted ${deletedRuns} runs and ${deletedLogFiles} log files, freed ${bytes} bytes`
  return `${status}: ${did} in ${durationMs ?? 0} ms${more ? '; more remains' : ''}`
}

/** What is no more than a word. */
function inWords(values: Record<string, unknown>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== null && typeof value !== 'object')
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ')
}
