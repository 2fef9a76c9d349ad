import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { getSystemErrorMessage } from 'node:util'

const CANNOT_WRITE = 5

/** What goes to stdout. A reader that leaves, or a disk that is full, ends the program. Touches no stream before it is used. */
export class Output {
  readonly #host: NodeJS.Process
  readonly #tell: (message: string) => void
  #exitCodeWithoutReader = 0
  #isListening = false

  /** `tell` says on stderr what went wrong. */
  constructor(host: NodeJS.Process, tell: (message: string) => void) {
    this.#host = host
    this.#tell = tell
  }

  write(text: string | Uint8Array): void {
    if (!this.#isListening) this.#host.stdout.on('error', this.#leave)
    this.#isListening = true
    this.#host.stdout.write(text)
  }

  /** Waits until what was written is taken. That nobody reads any more is only noticed when the event loop turns. */
  async flush(): Promise<void> {
    if (this.#isListening && this.#host.stdout.writableNeedDrain) await once(this.#host.stdout, 'drain')
    await turn()
  }

  whenReaderLeaves(exitCode: number): void {
    this.#exitCodeWithoutReader = exitCode
  }

  readonly #leave = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE') this.#host.exit(this.#exitCodeWithoutReader)
    const why = error.errno === undefined ? error.message : getSystemErrorMessage(error.errno)
    this.#tell(`the output cannot be written: ${why}`)
    this.#host.exit(CANNOT_WRITE)
  }
}
