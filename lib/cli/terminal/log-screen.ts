import type { LogLine } from '../../run/stored-lines.ts'
import type { LocalClock } from './local-clock.ts'
import { ScreenText } from './screen-text.ts'
import type { Paint } from './terminal.ts'

/** A run's log as a person sees it: the clock, dimmed, and what was printed, made harmless. */
export class LogScreen {
  readonly #paint: Paint
  readonly #clock: LocalClock | null
  readonly #text: ScreenText

  /** Without `clock`, what was printed alone. A screen without colours (NO_COLOR) shows none of the program's either. */
  constructor(paint: Paint, clock: LocalClock | null) {
    this.#paint = paint
    this.#clock = clock
    this.#text = new ScreenText(paint('dim', '.') !== '.')
  }

  line({ at, text, cut }: LogLine): string {
    const clock = this.#clock === null || at === null ? '' : `${this.#clock.tell(at)}  `
    return clock + this.#text.line(text.toString()) + (cut ? this.#paint('dim', '…') : '')
  }
}
