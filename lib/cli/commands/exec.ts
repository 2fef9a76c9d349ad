import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { OpenVerbs } from '../../client/verbs.ts'
import type { StartRun } from '../../ledger/runs/start-run.ts'
import type { ChildOutcome } from '../../process/child-outcome.ts'
import { ProgressFinder } from '../../process/find-progress.ts'
import { runChild } from '../../process/run-child.ts'
import { LIMITS } from '../../run/limits.ts'
import type { Recording } from '../exec/recording.ts'
import { RunLog } from '../exec/run-log.ts'
import { RunTracker } from '../exec/track-run.ts'
import { Trouble } from '../exec/trouble.ts'
import { messageOf } from '../program/option-names.ts'
import type { StatusLine } from '../terminal/status-line.ts'

export interface ExecOptions {
  kind: string
  project?: string
  name?: string
  labels: Record<string, string>
  /** A folder whose files are kept as the run's outputs. */
  output?: string
  timeoutMs?: number
  graceMs: number
}

export interface ExecDependencies {
  open: () => Promise<OpenVerbs>
  /** Where what is not delivered yet is kept, and which ledger it is for. Throws where that is not set up right. */
  spool: () => Promise<{ home: string; place: string }>
  newId: () => string
  workerId: string
  warn: (message: string) => void
  now: () => Date
  /** What the command is given, and the part of it that marks all it starts. */
  environment: (runId: string) => { env: NodeJS.ProcessEnv; marker: string }
  status: StatusLine
  /** Ctrl-C, from when the command has ended until `release`. */
  onInterrupt: () => { signal: AbortSignal; release(): void }
  /** What a person types to send what is left in the spool. */
  flushCommand: string
}

/**
 * Runs a command as a run of the ledger; gives back the command's own exit code. Whatever fails in Runledger, the command
 * runs and its exit code stands: a ledger that cannot be reached is a warning.
 */
export async function execCommand(
  options: ExecOptions,
  command: string,
  args: string[],
  deps: ExecDependencies,
): Promise<number> {
  const id = deps.newId()
  const log = new RunLog(id, deps.now)
  const trouble = new Trouble(deps.warn)
  const tracker = new RunTracker({ id, trouble, onCancel: () => child.cancel() })
  const finder = () => new ProgressFinder(({ progress, message }) => tracker.progress(progress, message))
  const finders = { stdout: finder(), stderr: finder() }
  const before = deps.now()
  let startedAt: Date | undefined
  const child = runChild({
    command,
    args,
    now: deps.now,
    graceMs: options.graceMs,
    ...deps.environment(id),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    onStart: (started) => {
      startedAt = started.startedAt
    },
    onOutput(chunk, stream) {
      finders[stream].push(chunk)
      return log.add(stream, chunk)
    },
  })
  // A command that could not be started is a run, too: that it failed is what its owner wants to see.
  const start = toStart(options, { id, pid: child.pid, startedAt: startedAt ?? before }, deps.workerId)
  const outputs = options.output === undefined ? null : resolve(options.output)
  const recording = beginRecording({ start, outputs }, child.done, { log, trouble, tracker, deps })
  const outcome = await child.done
  for (const one of Object.values(finders)) one.end()
  await endRecording(await recording, outcome, options, deps)
  return outcome.exitCode
}

interface Recorded {
  log: RunLog
  trouble: Trouble
  tracker: RunTracker
  deps: ExecDependencies
}

/** Loading and opening keep the loop busy, and the end of a command that is through sooner would be noticed late. */
const LOAD_AFTER_MS = 20
const OPEN_AFTER_MS = 100

/** Null where there is nothing to record in. */
async function beginRecording(
  run: { start: StartRun; outputs: string | null },
  done: Promise<unknown>,
  { log, trouble, tracker, deps }: Recorded,
): Promise<Recording | null> {
  const after = (ms: number) => Promise.race([done, sleep(ms, undefined, { ref: false })])
  const settled = after(OPEN_AFTER_MS)
  await after(LOAD_AFTER_MS)
  try {
    const { Recording } = await import('../exec/recording.ts')
    const open = () => settled.then(deps.open)
    return new Recording({ ...deps, ...(await deps.spool()), ...run, open, log, trouble, tracker })
  } catch (error) {
    log.openTo(null)
    deps.warn(`${messageOf(error)}; the command runs on, unrecorded`)
    return null
  }
}

async function endRecording(
  recording: Recording | null,
  outcome: ChildOutcome,
  { output }: ExecOptions,
  { onInterrupt, warn }: ExecDependencies,
): Promise<void> {
  if (!recording) return
  const hasOutputs =
    output !== undefined && (statSync(output, { throwIfNoEntry: false })?.isDirectory() ?? false)
  if (output !== undefined && !hasOutputs) warn(`${output} is no folder: the run has no outputs`)
  const { signal, release } = onInterrupt()
  signal.addEventListener('abort', () => recording.interrupt())
  try {
    await recording.end(outcome, { hasOutputs })
  } catch (error) {
    // Such as a part of this program that is no longer where it was.
    warn(messageOf(error))
  } finally {
    release()
  }
}

function toStart(
  { kind, project, name, labels, timeoutMs, graceMs }: ExecOptions,
  { id, pid, startedAt }: { id: string; pid: number | null; startedAt: Date },
  workerId: string,
): StartRun {
  return {
    id,
    kind,
    labels,
    workerId,
    startedAt: startedAt.toISOString(),
    ...(project === undefined ? {} : { projectId: project }),
    ...(name === undefined ? {} : { name }),
    ...(pid === null ? {} : { pid }),
    ...(timeoutMs === undefined ? {} : { timeoutSeconds: ledgerTimeout(timeoutMs, graceMs) }),
  }
}

/** What is left of the ledger's patience after the grace, to tell the end in. */
const TELLING_SECONDS = 5

/**
 * The limit that the ledger is told: it ends a run `timeoutGraceSeconds` after it, and must not come before us, who kill
 * the command only after the grace. A grace longer than that is added.
 */
export function ledgerTimeout(timeoutMs: number, graceMs: number): number {
  const ours = Math.max(1, Math.ceil(timeoutMs / 1_000))
  const beyond = Math.ceil(graceMs / 1_000) + TELLING_SECONDS - LIMITS.timeoutGraceSeconds
  return Math.max(ours, Math.min(ours + beyond, LIMITS.timeoutSeconds))
}
