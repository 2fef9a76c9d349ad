import type { Paint } from './terminal.ts'

/** Tells instants to a person, one after the other, by the clock on the wall. */
export class LocalClock {
  readonly #paint: Paint
  #day: string

  constructor(paint: Paint, now: Date) {
    this.#paint = paint
    this.#day = dayOf(now)
  }

  /** `14:03:59`, dimmed; where the day is another than before (at first: than today), after a line that has the date. */
  tell(instant: string): string {
    const date = new Date(instant)
    const day = dayOf(date)
    const before = day === this.#day ? '' : `${this.#paint('dim', day)}\n`
    this.#day = day
    return before + this.#paint('dim', date.toTimeString().slice(0, CLOCK_WIDTH))
  }
}

/** How many cells a clock takes. */
export const CLOCK_WIDTH = 8

const dayOf = (date: Date) =>
  [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-')
