import { Readable, Writable } from 'node:stream'
import { endOfRun } from '../process/end-of-run.ts'
import { parseProgress } from '../process/parse-progress.ts'
import { runChild } from '../process/run-child.ts'
import type { RunningRun } from '../run/run.ts'
import type { Executor, HandlerContext, Outcome } from './handler.ts'

export interface CommandSetting {
  command: string
  args: string[]
  /** Between SIGTERM and SIGKILL. */
  graceMs: number
  now: () => Date
  /** Resolves once the lines that were logged have been taken: nothing more is read from the command before. */
  logTaken: () => Promise<void>
  /** What the command is given, and the part of it that marks all it starts. */
  environment: (run: RunningRun, leaseToken: string) => { env: NodeJS.ProcessEnv; marker: string }
}

/**
 * Does a run by a command of its own: the input as JSON on its stdin, what it prints as the run's log. Exit code 0
 * is a success, any other a failure that the run's policy may retry. `::output-ref <ref>` on a line of its own says where the
 * result is. When the run is told to stop, so is the command's whole process tree.
 */
export function executeCommand(setting: CommandSetting): Executor {
  return async (run, context) => {
    let outputRef: string | undefined
    // It goes into the run's log; the worker's own repeats it line by line, where that is wanted.
    const sink = () =>
      new Writable({ write: (_chunk, _encoding, done) => void setting.logTaken().then(() => done()) })
    const child = runChild({
      command: setting.command,
      args: setting.args,
      now: setting.now,
      ...setting.environment(run, context.leaseToken),
      stdin: Readable.from([`${JSON.stringify(run.input)}\n`]),
      stdout: sink(),
      stderr: sink(),
      graceMs: setting.graceMs,
      passSignals: false,
      onOutput: (chunk, stream) => context.print(chunk, stream),
      onLine(line, stream) {
        // Before its message is cut: half a secret is not known for one.
        const progress = parseProgress(context.redact(line))
        if (progress) context.progress(progress.progress, progress.message)
        outputRef = OUTPUT_REF.exec(line)?.[1] ?? outputRef
        context.echo(line, stream)
      },
    })
    const stop = () => child.cancel()
    const kill = () => child.kill()
    onAbort(context.signal, stop)
    onAbort(context.hurry, kill)
    const outcome = await child.done
    context.signal.removeEventListener('abort', stop)
    context.hurry.removeEventListener('abort', kill)
    return toOutcome(endOfRun(outcome, 'none'), outputRef)
  }
}

const OUTPUT_REF = /^::output-ref (\S.*?)\s*$/

function toOutcome({ report }: ReturnType<typeof endOfRun>, outputRef: string | undefined): Outcome {
  const { exitCode, metrics } = report
  const measured = { exitCode, metrics }
  if ('error' in report) return { outcome: 'failed', error: report.error, retryable: true, ...measured }
  return { outcome: 'succeeded', outputRef, ...measured }
}

function onAbort(signal: HandlerContext['signal'], listen: () => void): void {
  if (signal.aborted) listen()
  else signal.addEventListener('abort', listen, { once: true })
}
