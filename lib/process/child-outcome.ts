import type { Readable, Writable } from 'node:stream'
import type { SpawnError } from './explain-spawn-error.ts'

export type RunChildOptions = {
  command: string
  args: string[]
  now: () => Date
  /** Whole environment of the child; ours when left out. */
  env?: NodeJS.ProcessEnv
  /** A `NAME=value` of `env` that only this child has, by which even a daemon that left the tree unseen is found. */
  marker?: string
  /** Our own, handed over as it is, unless it says otherwise. */
  stdin?: 'inherit' | 'ignore' | Readable
  stdout?: Writable
  stderr?: Writable
  timeoutMs?: number
  /** Between SIGTERM and SIGKILL at a timeout or a cancel. Default 10 s. */
  graceMs?: number
  /** False for a caller that ends its children itself. Default true. */
  passSignals?: boolean
  /**
   * Output as it comes, before it is handed on. A promise is waited for before more is read of that stream; what it throws is
   * dropped, so that no listener can harm the child.
   */
  onOutput?: (chunk: Buffer, stream: 'stdout' | 'stderr') => Promise<void> | undefined
  /** Each line of output, without its end; what it throws is dropped, so that no listener can harm the child. */
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void
  /** Before the first line, and not at all when the command could not be started. */
  onStart?: (child: { pid: number; startedAt: Date }) => void
  /** Default 1 s. */
  sampleEveryMs?: number
}

export type ChildOutcome = {
  /** The child's own; 128 + n when signal n killed it; 127 not found, 126 not executable. */
  exitCode: number
  signal: NodeJS.Signals | null
  /**
   * `timeout` and `canceled`: by us, whatever its exit code. `signal`: killed by one, or left with a code other than 0
   * after one was passed on. Else `itself`.
   */
  endedBy: 'itself' | 'timeout' | 'canceled' | 'signal'
  /** The last signal sent to us while the child ran. */
  passedSignal: NodeJS.Signals | null
  startedAt: Date
  finishedAt: Date
  /** On the monotonic clock, until the child's exit (not its output's end). */
  durationMs: number
  memoryPeakBytes: number | null
  cpuSeconds: number | null
  spawnError?: SpawnError
}

export type RunningChild = {
  /** Null when the command could not be started. */
  pid: number | null
  /** Ends the tree as a timeout would; only the first of both counts, and after the exit neither does. */
  cancel(): void
  /** Ends the whole tree at once (SIGKILL), also in the grace of a cancel or a timeout. After the exit it does nothing. */
  kill(): void
  /** Never rejects. When it resolves, all output has been handed on and written. */
  done: Promise<ChildOutcome>
}
