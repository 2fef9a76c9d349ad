import { type Hidden, hide } from './secrets.ts'

/**
 * Leaves the values of secrets out of what is printed, also where a value comes in several chunks. All other bytes stay as they
 * are, text or not.
 */
export class OutputHider {
  /** Of bytes as characters, one each. */
  readonly #hidden: Hidden[]
  /** What may be the beginning of a value is kept back: so much of a stream, or less. */
  readonly #mostKept: number
  readonly #kept = new Map<string, string>()

  constructor(hidden: Hidden[]) {
    this.#hidden = hidden.map(({ form, instead }) => ({ form: bytesOf(form), instead: bytesOf(instead) }))
    this.#mostKept = Math.max(0, ...this.#hidden.map(({ form }) => form.length - 1))
  }

  /** What can be told by now: all whole lines, at least. */
  add(stream: string, chunk: Uint8Array): Uint8Array {
    if (this.#hidden.length === 0) return chunk
    const printed = (this.#kept.get(stream) ?? '') + Buffer.from(chunk).toString('latin1')
    const end = this.#endOfTold(printed)
    this.#kept.set(stream, printed.slice(end))
    return this.#told(printed.slice(0, end))
  }

  /** What was kept back of each stream, when nothing more comes. */
  rest(): [stream: string, bytes: Uint8Array][] {
    const kept = [...this.#kept]
    this.#kept.clear()
    return kept.map(([stream, printed]) => [stream, this.#told(printed)])
  }

  #told(printed: string): Uint8Array {
    return Buffer.from(hide(printed, this.#hidden), 'latin1')
  }

  /** Never within a value. */
  #endOfTold(printed: string): number {
    let end = Math.max(printed.lastIndexOf('\n') + 1, printed.length - this.#mostKept)
    for (;;) {
      const within = this.#hidden.map(({ form }) => endOfValueAt(printed, form, end))
      const next = Math.max(end, ...within)
      if (next === end) return end
      end = next
    }
  }
}

/** Where a value ends that stands on both sides of this place; 0 where none does. */
function endOfValueAt(text: string, value: string, at: number): number {
  const from = Math.max(0, at - value.length + 1)
  const found = text.slice(from, at + value.length - 1).lastIndexOf(value)
  return found === -1 ? 0 : from + found + value.length
}

const bytesOf = (text: string) => Buffer.from(text).toString('latin1')
