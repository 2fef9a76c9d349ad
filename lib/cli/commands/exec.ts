import type { OpenVerbs } from '../../client/verbs.ts'
import { parseProgress } from '../../process/parse-progress.ts'
import { runChild } from '../../process/run-child.ts'
import { LIMITS } from '../../run/limits.ts'
import { RunTracker } from '../track-run.ts'

export interface ExecOptions {
  kind: string
  project?: string
  name?: string
  labels: Record<string, string>
  timeoutMs?: number
  graceMs: number
}

export interface ExecDependencies {
  open: () => Promise<OpenVerbs>
  newId: () => string
  workerId: string
  warn: (message: string) => void
  now: () => Date
  /** What the command is given, and the part of it that marks all it starts. */
  environment: (runId: string) => { env: NodeJS.ProcessEnv; marker: string }
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
  let tracker: RunTracker | undefined
  const child = runChild({
    command,
    args,
    now: deps.now,
    graceMs: options.graceMs,
    ...deps.environment(id),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    onStart: ({ pid, startedAt }) => {
      tracker = track(options, { id, pid, startedAt }, deps, () => child.cancel())
    },
    onLine: (line) => {
      const found = parseProgress(line)
      if (found) tracker?.progress(found.progress, found.message)
    },
  })
  const outcome = await child.done
  // A command that could not be started is a run, too: that it failed is what its owner wants to see.
  tracker ??= track(options, { id, pid: null, startedAt: outcome.startedAt }, deps, () => {})
  await tracker.end(outcome)
  return outcome.exitCode
}

function track(
  { kind, project, name, labels, timeoutMs, graceMs }: ExecOptions,
  { id, pid, startedAt }: { id: string; pid: number | null; startedAt: Date },
  { open, workerId, warn }: ExecDependencies,
  onCancel: () => void,
): RunTracker {
  return new RunTracker({
    open,
    warn,
    onCancel,
    start: {
      id,
      kind,
      labels,
      workerId,
      startedAt: startedAt.toISOString(),
      ...(project === undefined ? {} : { projectId: project }),
      ...(name === undefined ? {} : { name }),
      ...(pid === null ? {} : { pid }),
      ...(timeoutMs === undefined ? {} : { timeoutSeconds: ledgerTimeout(timeoutMs, graceMs) }),
    },
  })
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
