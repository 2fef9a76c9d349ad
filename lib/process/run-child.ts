import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { isatty } from 'node:tty'
import type { ChildOutcome, RunChildOptions, RunningChild } from './child-outcome.ts'
import { explainSpawnError } from './explain-spawn-error.ts'
import { leaveSignals, type SignalPassing, takeSignals } from './pass-signals.ts'
import { superviseChild } from './supervise-child.ts'

/**
 * Runs a command as if we were not there: same bytes, same signals, same exit code. On a terminal (stdin or stderr)
 * the child shares our process group, so that Ctrl-C, job control and password prompts stay the terminal's affair;
 * without one it leads a group and a session of its own. A timeout or `cancel` ends its whole tree: SIGTERM, and
 * SIGKILL after the grace; at a normal end daemons are left alone. Never throws. Leave by `process.exitCode`, not by
 * `process.exit`: output may still be on its way.
 */
export function runChild(options: RunChildOptions): RunningChild {
  const stdin = options.stdin ?? 'inherit'
  const isOnTerminal = (stdin === 'inherit' && isatty(0)) || isatty(2)
  const ownsGroup = !isOnTerminal || options.passSignals === false
  const signals = options.passSignals === false ? leaveSignals : takeSignals()
  const startedAt = options.now()
  const startedClock = performance.now()
  let child: ChildProcess
  try {
    child = spawn(options.command, options.args, {
      stdio: [typeof stdin === 'string' ? stdin : 'pipe', 'pipe', 'pipe'],
      detached: ownsGroup,
      ...(options.env && { env: options.env }),
    })
  } catch (error) {
    return notStarted(options, { signals, startedAt }, Promise.resolve(error))
  }
  const failure = once(child, 'error').then(([error]) => error)
  const { pid } = child
  if (pid === undefined) return notStarted(options, { signals, startedAt }, failure)
  if (typeof stdin !== 'string' && child.stdin) {
    // A child may end without having read all of it.
    stdin.pipe(child.stdin.on('error', () => {}))
  }
  return superviseChild(child, pid, { options, ownsGroup, signals, startedAt, startedClock })
}

function notStarted(
  options: RunChildOptions,
  { signals, startedAt }: { signals: SignalPassing; startedAt: Date },
  failure: Promise<unknown>,
): RunningChild {
  signals.stop()
  async function report(): Promise<ChildOutcome> {
    const spawnError = explainSpawnError(options.command, await failure)
    const stderr = options.stderr ?? process.stderr
    stderr.write(`runledger: ${spawnError.message}\n`)
    return {
      exitCode: spawnError.exitCode,
      signal: null,
      endedBy: 'itself',
      passedSignal: null,
      startedAt,
      finishedAt: options.now(),
      durationMs: 0,
      memoryPeakBytes: null,
      cpuSeconds: null,
      spawnError,
    }
  }
  return { pid: null, cancel: () => {}, kill: () => {}, done: report() }
}
