import type { CompleteRun } from '../ledger/runs/completion.ts'
import { LogLines } from '../run/log-line.ts'
import type { Spool } from '../spool/open-spool.ts'
import type { SpoolVerbs } from '../spool/spool-verbs.ts'
import type { Answer } from './completions.ts'
import { OutputHider } from './hide-output.ts'
import type { Hidden } from './secrets.ts'
import { SpooledRun, type Tell } from './spooled-run.ts'

/** The attempt whose log it is. */
export interface LoggedRun {
  id: string
  fence: number
  leaseToken: string
}

export interface Keeping {
  spool: Spool
  verbs: SpoolVerbs
  now: () => Date
  /** Fields as JSON has them, without what never stands in a log. Never throws. */
  tellFields: (fields: Record<string, unknown>) => Record<string, unknown>
  onTrouble: (error: unknown) => void
  /** It has said its first line. */
  onBegin: () => void
  /** Its end has been told, or will not be from here. */
  onEnd: () => void
}

/**
 * What one attempt of a run says: from its first line on it is kept in the spool and delivered from there, while the run goes
 * on. Of one that says nothing there is nothing. Never throws, and never harms the run.
 */
export class RunLog {
  readonly #run: LoggedRun
  readonly #keeping: Keeping
  readonly #lines: LogLines
  #hider = new OutputHider([])
  #kept: SpooledRun | undefined
  #isOver = false

  constructor(run: LoggedRun, keeping: Keeping) {
    this.#run = run
    this.#keeping = keeping
    this.#lines = new LogLines(run.id)
  }

  /** From now on this is left out. */
  hide(hidden: Hidden[]): void {
    this.#hider = new OutputHider(hidden)
  }

  /** Adds bytes of a stream. A promise is to be waited for before more is added. */
  print(chunk: Uint8Array, stream: string): Promise<void> | undefined {
    if (this.#isOver) return undefined
    const lines = this.#lines.add(stream, this.#hider.add(stream, chunk), this.#nowMs())
    return this.#keep(lines) ? undefined : this.#kept?.spooled.drained()
  }

  /** Adds a line: a message, and fields as JSON. */
  say(message: string, fields: Record<string, unknown>): void {
    const told =
      Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(this.#keeping.tellFields(fields))}`
    void this.print(Buffer.from(`${message}${told}\n`), 'log')
  }

  /** Takes nothing more. Whether anything was said. */
  finish(): boolean {
    if (!this.#isOver) {
      for (const [stream, bytes] of this.#hider.rest())
        this.#keep(this.#lines.add(stream, bytes, this.#nowMs()))
      this.#keep(this.#lines.flushUnfinished(this.#nowMs()))
      this.#isOver = true
    }
    return this.#kept !== undefined
  }

  /** Tells the end of a run that has said something, as `SpooledRun.tell` does. */
  async end(report: CompleteRun, tell: Tell, patienceMs: number): Promise<Answer> {
    try {
      return (await this.#kept?.tell(report, tell, patienceMs)) ?? (await tell(report))
    } finally {
      this.#keeping.onEnd()
    }
  }

  /** From now on a ledger that has gone is tried again without long pauses. */
  hurry(): void {
    this.#kept?.hurry()
  }

  /** Nothing more is delivered from here: what there is stays in the spool. */
  async leave(): Promise<void> {
    this.finish()
    await this.#kept?.leave()
  }

  /** False: it is time to wait. */
  #keep(lines: Uint8Array): boolean {
    if (lines.length === 0) return true
    if (!this.#kept) {
      this.#kept = new SpooledRun(this.#keeping.spool.begin({ claimed: this.#run }), this.#keeping)
      this.#keeping.onBegin()
    }
    return this.#kept.spooled.write(lines)
  }

  #nowMs(): number {
    return this.#keeping.now().getTime()
  }
}
