import type { RunEvent } from '../../run/event.ts'
import type { Run } from '../../run/run.ts'
import type { LogLine } from '../../run/stored-lines.ts'
import { eventWords } from './event-words.ts'
import { fitText } from './fit-text.ts'
import { CLOCK_WIDTH, LocalClock } from './local-clock.ts'
import { LogScreen } from './log-screen.ts'
import { plainLine, plainText } from './plain-text.ts'
import { progressBar } from './progress-bar.ts'
import { lookOf, markedState, took } from './run-words.ts'
import { spokenDuration } from './spoken-time.ts'
import type { Terminal } from './terminal.ts'

const DRAW_EVERY_MS = 1_000
/** Events tell every tenth per cent; a bar may be finer. */
const READ_EVERY_MS = 5_000
const LINE_END = Buffer.from('\n')
const ENDS = ['run.succeeded', 'run.failed', 'run.canceled']

/** What a person sees of a run while it is followed: a line an event, its log and, on a screen, a bar under them. */
export class TailView {
  readonly #terminal: Terminal
  readonly #now: () => Date
  readonly #clock: LocalClock
  readonly #screen: LogScreen
  readonly #timers: NodeJS.Timeout[] = []
  #progress = 0
  #message = ''
  #startedAt: number | null = null
  /** Told in its own words, unless more comes after it. */
  #end: RunEvent | null = null

  /** `read` gives the run as it is; null for one that has ended. */
  constructor(terminal: Terminal, now: () => Date, read: (() => Promise<Run>) | null) {
    this.#terminal = terminal
    this.#now = now
    this.#clock = new LocalClock(terminal.paint, now())
    this.#screen = new LogScreen(terminal.paint, this.#clock)
    if (read === null || terminal.width() === undefined) return
    const look = () =>
      void read().then(
        (run) => this.#note(run),
        () => {},
      )
    this.#timers.push(
      setInterval(() => this.#draw(), DRAW_EVERY_MS),
      setInterval(look, READ_EVERY_MS),
    )
  }

  show(event: RunEvent): void {
    const isScreen = this.#terminal.width() !== undefined
    if (event.type === 'run.started') this.#startedAt = Date.parse(event.at)
    if (event.type === 'run.retried') this.#startedAt = null
    if (event.type === 'run.started' || event.type === 'run.retried') this.#setProgress(0, '')
    if (event.type === 'run.progress') this.#setProgress(Number(event.data.progress), event.data.message)
    if (this.#end !== null) this.#terminal.print(this.#line(this.#end))
    this.#end = ENDS.includes(event.type) ? event : null
    // On a screen the bar says how far it is.
    if (this.#end === null && !(isScreen && event.type === 'run.progress'))
      this.#terminal.print(this.#line(event))
    this.#draw()
  }

  /** What the run has printed: on a screen made harmless, else as it is stored. */
  showLines(lines: LogLine[]): void {
    if (lines.length === 0) return
    if (this.#terminal.width() !== undefined)
      this.#terminal.print(lines.map((line) => this.#screen.line(line)).join('\n'))
    else this.#terminal.write(Buffer.concat(lines.flatMap(({ stored }) => [stored, LINE_END])))
    this.#draw()
  }

  /** How the run ended, with what it gave or why it failed. */
  showEnd(run: Run): void {
    const { paint } = this.#terminal
    const after = took(run, this.#now())
    this.#terminal.print(paint(lookOf(run), markedState(run)) + (after === '' ? '' : ` after ${after}`))
    const told = run.state === 'succeeded' ? run.outputRef : run.error
    if (told !== null) this.#terminal.print(plainText(told).trimEnd())
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#terminal.draw(null)
  }

  #line(event: RunEvent): string {
    const width = this.#terminal.width()
    const words = plainLine(eventWords(event))
    if (width === undefined) return `${event.at}  ${words}`
    return `${this.#clock.tell(event.at)}  ${fitText(words, width - CLOCK_WIDTH - 2)}`
  }

  #note(run: Run): void {
    if (run.state !== 'running') return
    this.#startedAt = Date.parse(run.startedAt)
    this.#setProgress(run.progress, run.progressMessage)
  }

  #setProgress(progress: number, message: unknown): void {
    this.#progress = progress
    this.#message = typeof message === 'string' ? message : ''
  }

  #draw(): void {
    const width = this.#terminal.width()
    if (width === undefined || this.#timers.length === 0) return
    const { paint } = this.#terminal
    if (this.#startedAt === null) {
      this.#terminal.draw(paint('dim', 'waiting for a worker …'))
      return
    }
    const elapsed = spokenDuration(Math.max(1_000, this.#now().getTime() - this.#startedAt))
    // One cell less, or the cursor would stand on the next line.
    this.#terminal.draw(progressBar(this.#progress, [elapsed, this.#message], { width: width - 1, paint }))
  }
}
