import { plainLine } from './plain-text.ts'
import { progressBar } from './progress-bar.ts'
import { spokenBytes } from './spoken-time.ts'
import type { Terminal } from './terminal.ts'

/** A bar for files on their way, where there is a screen: how much of all, and which one it is. */
export class TransferBar {
  readonly #terminal: Terminal
  readonly #total: number
  #before = 0
  #shown = ''

  constructor(terminal: Terminal, total: number) {
    this.#terminal = terminal
    this.#total = total
  }

  /** So much of this file has gone. */
  show(path: string, bytes: number): void {
    const width = this.#terminal.width()
    if (width === undefined) return
    const done = Math.min(this.#before + bytes, this.#total)
    const percent = this.#total === 0 ? 100 : Math.floor((done / this.#total) * 100)
    const words = [`${spokenBytes(done)} of ${spokenBytes(this.#total)}`, plainLine(path)]
    // One cell less, or the cursor would stand on the next line.
    const bar = progressBar(percent, words, { width: width - 1, paint: this.#terminal.paint })
    if (bar !== this.#shown) this.#terminal.draw(bar)
    this.#shown = bar
  }

  /** All of a file has gone. */
  finish(bytes: number): void {
    this.#before += bytes
  }

  close(): void {
    this.#terminal.draw(null)
  }
}
