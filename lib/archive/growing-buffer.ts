/** Bytes that are put together where they will stay: nothing is held twice. */
export class GrowingBuffer {
  #buffer: Uint8Array
  bytes = 0

  /** `expected` bytes, and somewhat more, take no second buffer. */
  constructor(expected: number) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.min(expected, MOST_AT_FIRST) + SOMEWHAT)
  }

  add(chunk: Uint8Array): void {
    const bytes = this.bytes + chunk.length
    if (bytes > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.ceil(bytes * 1.5))
      larger.set(this.#buffer.subarray(0, this.bytes))
      this.#buffer = larger
    }
    this.#buffer.set(chunk, this.bytes)
    this.bytes = bytes
  }

  whole(): Uint8Array {
    return this.#buffer.subarray(0, this.bytes)
  }
}

const MOST_AT_FIRST = 16 * 1_024 * 1_024
const SOMEWHAT = 1_024 * 1_024
