import type { Run } from '../../run/run.ts'
import { fitText } from './fit-text.ts'
import { plainLine, plainText } from './plain-text.ts'
import { lookOf, markedState, took } from './run-words.ts'
import { relativeTime, spokenBytes, spokenDuration, spokenInstant } from './spoken-time.ts'
import { storageFacts } from './storage-facts.ts'
import type { TableOptions } from './table.ts'
import { toJson } from './to-json.ts'

const MARGIN = 14

/** One run, a line for each thing that is known of it. */
export function runDetails(run: Run, { now, width, paint }: TableOptions & { now: Date }): string {
  const room = width === undefined ? Number.POSITIVE_INFINITY : Math.max(10, width - MARGIN)
  const lines = factsOf(run, now)
    .filter((fact): fact is [string, string] => fact[1] !== null && fact[1] !== '')
    .map(([name, text]) => `  ${paint('dim', name.padEnd(MARGIN - 2))}${fitText(plainLine(text), room)}`)
  const head = `${paint('bold', plainLine(run.kind))}  ${paint(lookOf(run), markedState(run))}`
  return [head, ...lines, ...errorLines(run)].join('\n')
}

function factsOf(run: Run, now: Date): [name: string, text: string | null][] {
  const at = (instant: string | null) =>
    instant && `${relativeTime(instant, now)} (${spokenInstant(instant)})`
  const labels = Object.entries(run.labels).map(([key, value]) => `${key}=${value}`)
  const isDelayed = run.state === 'queued' && Date.parse(run.runAt) > now.getTime()
  return [
    ['id', run.id],
    ['name', run.name],
    ['project', run.projectId],
    ['labels', labels.join('  ')],
    ['created', `${at(run.createdAt)}${run.createdBy === null ? '' : ` by ${run.createdBy}`}`],
    ['due', isDelayed ? at(run.runAt) : null],
    ['started', at(run.startedAt)],
    ['finished', at(run.finishedAt)],
    ['took', took(run, now)],
    ['worker', run.claimedBy],
    ['attempt', run.maxAttempts > 1 ? `${run.attempt} of ${run.maxAttempts}` : null],
    ['timeout', run.timeoutSeconds && spokenDuration(run.timeoutSeconds * 1_000)],
    ['stop asked', run.state === 'running' ? at(run.cancelRequestedAt) : null],
    ['progress', progressOf(run)],
    ['exit code', run.exitCode === null ? null : String(run.exitCode)],
    ['used', usageOf(run)],
    ['input', run.input === null ? null : toJson({ input: run.input }).slice('{"input":'.length, -1)],
    ['output', run.outputRef],
    ...storageFacts(run, { at, now }),
  ].map(([name, text]) => [String(name), text ? String(text) : null])
}

function progressOf({ state, progress, progressMessage }: Run): string | null {
  if (progress === 0 || state === 'succeeded') return null
  return [`${progress} %`, progressMessage].filter(Boolean).join('  ')
}

function usageOf({ cpuSeconds, memoryPeakBytes }: Run): string {
  const cpu = cpuSeconds === null ? '' : `${spokenDuration(cpuSeconds * 1_000)} CPU`
  const memory = memoryPeakBytes === null ? '' : `${spokenBytes(memoryPeakBytes)} memory`
  return [cpu, memory].filter(Boolean).join('  ')
}

/** Why it failed, whole, as it was told. */
function errorLines({ error }: Run): string[] {
  if (error === null) return []
  return [
    '',
    ...plainText(error)
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`),
  ]
}
