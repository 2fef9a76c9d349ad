import type { LogMatch } from '../../ledger/logs/find-lines.ts'
import { CLOCK_WIDTH, LocalClock } from './local-clock.ts'
import { plainText } from './plain-text.ts'
import type { Terminal } from './terminal.ts'

const INSTANT_WIDTH = '2026-11-21T10:30:00.000Z'.length

/** Lines that were found in a log: when, where in it, and the line with what was looked for, made harmless. */
export class FoundLines {
  readonly #terminal: Pick<Terminal, 'paint' | 'width'>
  readonly #clock: LocalClock | null

  /** On a screen by the clock on the wall, in a pipe as instants. */
  constructor(terminal: Pick<Terminal, 'paint' | 'width'>, now: Date) {
    this.#terminal = terminal
    this.#clock = terminal.width() === undefined ? null : new LocalClock(terminal.paint, now)
  }

  /** One line of a log of so many bytes. */
  line({ at, position, text, hit: [start, end] }: LogMatch, total: number): string {
    const { paint } = this.#terminal
    const place = paint('dim', String(position).padStart(String(total).length))
    const before = plainText(text.slice(0, start))
    const hit = paint(['bold', 'red'], plainText(text.slice(start, end)))
    return `${this.#time(at)}  ${place}  ${before}${hit}${plainText(text.slice(end))}`
  }

  #time(at: string | null): string {
    if (at === null) return '-'.padEnd(this.#clock === null ? INSTANT_WIDTH : CLOCK_WIDTH)
    return this.#clock === null ? at : this.#clock.tell(at)
  }
}
