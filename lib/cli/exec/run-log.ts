import { LogLines } from '../../run/log-line.ts'

/** Where the lines of a log go: the run's spool. */
export interface LogSink {
  /** Takes whole lines. False: more than it likes wait for the disk. */
  write(lines: Uint8Array): boolean
  drained(): Promise<void>
}

const QUIET_MS = 2_000
const PLENTY = 2 * 1024 * 1024

/**
 * Makes a run's log of what its command prints. What comes before there is a sink waits for it. A line that does not go on for
 * two seconds, such as a prompt, is given out as it stands.
 */
export class RunLog {
  readonly #lines: LogLines
  readonly #now: () => Date
  readonly #opened = Promise.withResolvers<void>()
  #early: Uint8Array[] = []
  #earlyBytes = 0
  #sink: LogSink | null | undefined
  #quiet: NodeJS.Timeout | undefined

  constructor(runId: string, now: () => Date) {
    this.#lines = new LogLines(runId)
    this.#now = now
  }

  /** Takes output as it comes. A promise: the disk is slower than that, and this is when it takes more. */
  add(stream: string, chunk: Buffer): Promise<void> | undefined {
    if (this.#sink === null) return undefined
    this.#quiet = this.#quiet?.refresh() ?? setTimeout(() => this.#flush(), QUIET_MS).unref()
    return this.#write(this.#lines.add(stream, chunk, this.#now().getTime()))
  }

  /** Gives all of it to the sink, from the first line on; null: nobody keeps it. */
  openTo(sink: LogSink | null): void {
    this.#sink = sink
    for (const lines of this.#early) sink?.write(lines)
    this.#early = []
    this.#opened.resolve()
  }

  /** Gives out what has no line end. */
  end(): void {
    clearTimeout(this.#quiet)
    this.#flush()
  }

  #flush(): void {
    this.#write(this.#lines.flushUnfinished(this.#now().getTime()))
  }

  #write(lines: Uint8Array): Promise<void> | undefined {
    const sink = this.#sink
    if (sink) return sink.write(lines) ? undefined : sink.drained()
    if (sink === null || lines.length === 0) return undefined
    this.#early.push(lines)
    this.#earlyBytes += lines.length
    return this.#earlyBytes > PLENTY ? this.#opened.promise : undefined
  }
}
