import { messageOf } from '../program/option-names.ts'

/** Trouble with the ledger, told once while the command runs, until it is over or becomes final. */
export class Trouble {
  readonly #warn: (message: string) => void
  #now: { message: string; isFinal: boolean } | undefined
  #isTold = false
  #isQuiet = false

  constructor(warn: (message: string) => void) {
    this.#warn = warn
  }

  /** What is wrong at the moment. */
  get message(): string | undefined {
    return this.#now?.message
  }

  /** Whether asking again would bring the same answer. */
  get isFinal(): boolean {
    return this.#now?.isFinal ?? false
  }

  /** Whether a person has read of what is wrong at the moment. */
  get isTold(): boolean {
    return this.#isTold
  }

  note(error: unknown, { isFinal, consequence }: { isFinal: boolean; consequence: string }): void {
    const isNews = !this.#isTold || (isFinal && !this.isFinal)
    this.#now = { message: messageOf(error), isFinal }
    if (!isNews) return
    this.#isTold = !this.#isQuiet
    if (!this.#isQuiet) this.#warn(`${this.#now.message}; ${consequence}`)
  }

  over(): void {
    this.#now = undefined
    this.#isTold = false
  }

  /** From now on somebody else has the last word. */
  quieten(): void {
    this.#isQuiet = true
  }
}
