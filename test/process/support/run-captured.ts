import { readFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChildOutcome, RunChildOptions, RunningChild } from '../../../lib/process/child-outcome.ts'
import { runChild } from '../../../lib/process/run-child.ts'

type Captured = {
  child: RunningChild
  outcome: ChildOutcome
  stdout: Buffer
  stderr: Buffer
  lines: { line: string; stream: string }[]
}

/** Runs a real child to its end and keeps what it said. `whileRunning` is called at once, with the child. */
export async function runCaptured(
  command: string,
  args: string[],
  options: Partial<RunChildOptions> = {},
  whileRunning: (child: RunningChild) => unknown = () => {},
): Promise<Captured> {
  const stdout = collect()
  const stderr = collect()
  const lines: Captured['lines'] = []
  const child = runChild({
    command,
    args,
    now: () => new Date(),
    stdin: 'ignore',
    stdout: stdout.sink,
    stderr: stderr.sink,
    onLine: (line, stream) => lines.push({ line, stream }),
    ...options,
  })
  await whileRunning(child)
  const outcome = await child.done
  return { child, outcome, stdout: stdout.bytes(), stderr: stderr.bytes(), lines }
}

/** Whether a process is alive (a zombie is not). */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

/** Waits for a truth, 5 s at most. */
export async function until<T>(find: () => T | undefined | null | false | ''): Promise<T> {
  for (let tries = 0; tries < 500; tries++) {
    const found = find()
    if (found) return found
    await sleep(10)
  }
  throw new Error('it did not come true in 5 s')
}

function collect(): { sink: Writable; bytes: () => Buffer } {
  const chunks: Buffer[] = []
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      // Not at once, so that backpressure is met.
      setImmediate(done)
    },
  })
  return { sink, bytes: () => Buffer.concat(chunks) }
}
