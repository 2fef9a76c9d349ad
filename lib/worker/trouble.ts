import type { Log } from '../ports/log.ts'
import { messageOf } from './pause.ts'

/** Tells of trouble once, and once that it is over. */
export class Trouble {
  readonly #log: Log
  readonly #what: string
  #since: number | undefined

  constructor(log: Log, what: string) {
    this.#log = log
    this.#what = what
  }

  note(error: unknown): void {
    if (this.#since !== undefined) return
    this.#since = performance.now()
    this.#log.warn(`${this.#what}: ${messageOf(error)}; it is tried again`)
  }

  isOver(): void {
    if (this.#since === undefined) return
    const seconds = Math.round((performance.now() - this.#since) / 1_000)
    this.#since = undefined
    this.#log.info(`${this.#what}: works again after ${seconds} s`)
  }
}
