/** How long the end of a command may be held back without a sign that its log is on its way. */
const SILENCE_MS = 10_000
/** A large file is read through, here and there, before it is kept. */
const OUTPUT_SILENCE_MS = 60_000
/** How long in all, where it is. Outputs, which were asked for, may take as long as they move. */
export const SENDING_MS = 60_000

const LOOK_EVERY_MS = 100

/** Ends a delivery that goes on after its command has ended, when that takes too long. */
export class Patience {
  readonly #timer: NodeJS.Timeout
  #movedAt = performance.now()
  #isLimited = true
  /** Why it ended the delivery. */
  why: 'silence' | 'length' | undefined

  constructor({ stop, onLook }: { stop: () => void; onLook: (sinceMs: number) => void }) {
    const began = performance.now()
    this.#timer = setInterval(() => {
      const now = performance.now()
      if (now - this.#movedAt > this.silenceMs) this.why = 'silence'
      else if (this.#isLimited && now - began > SENDING_MS) this.why = 'length'
      if (this.why) stop()
      else onLook(now - began)
    }, LOOK_EVERY_MS)
  }

  /** How long it may be silent at the moment. */
  get silenceMs(): number {
    return this.#isLimited ? SILENCE_MS : OUTPUT_SILENCE_MS
  }

  /** More was taken: of the log, or of the outputs. */
  moved(what: 'log' | 'outputs'): void {
    this.#movedAt = performance.now()
    this.#isLimited = what === 'log'
  }

  end(): void {
    clearInterval(this.#timer)
  }
}
