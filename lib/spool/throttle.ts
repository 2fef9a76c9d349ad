import type { Asking } from './asking.ts'
import type { Spooled } from './spooled.ts'

/** Keeps the sending of a run that goes on to so much a second. One that has ended is sent as fast as it goes. */
export class Throttle {
  readonly #log: Spooled['log']
  readonly #asking: Asking
  readonly #bytesPerSecond: number
  #nextAt = 0

  constructor({ log }: Spooled, asking: Asking, bytesPerSecond = Number.POSITIVE_INFINITY) {
    this.#log = log
    this.#asking = asking
    this.#bytesPerSecond = bytesPerSecond
  }

  /** So much may be sent at once. */
  mostBytes(): number {
    return this.#log.state === 'growing' ? this.#bytesPerSecond : Number.POSITIVE_INFINITY
  }

  sent(bytes: number): void {
    this.#nextAt = performance.now() + (bytes / this.#bytesPerSecond) * 1_000
  }

  /** Waits until it is time for more, or the run has ended. */
  async wait(): Promise<void> {
    const left = this.#nextAt - performance.now()
    if (left <= 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    let isTime = false
    const timer = setTimeout(() => {
      isTime = true
      resolve()
    }, left)
    try {
      while (!isTime && this.#log.state === 'growing')
        await this.#asking.unlessAborted(Promise.race([promise, this.#log.changed()]))
    } finally {
      clearTimeout(timer)
    }
  }
}
