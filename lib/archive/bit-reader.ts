/** Thrown where bits are asked for that are not there. */
export class OutOfBits extends Error {}

/** Reads bits, the highest of each byte first. Bytes may be added behind. */
export class BitReader {
  #bytes: Uint8Array = new Uint8Array()
  #at = 0
  #held = 0
  #heldBits = 0

  /** Whole bytes that are left. */
  get left(): number {
    return this.#bytes.length - this.#at + (this.#heldBits >> 3)
  }

  add(chunks: Uint8Array[]): void {
    this.#bytes = Buffer.concat([this.#bytes.subarray(this.#at), ...chunks])
    this.#at = 0
  }

  /** The next bits, 24 at most. */
  read(bits: number): number {
    while (this.#heldBits < bits) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined) throw new OutOfBits()
      this.#held = ((this.#held << 8) | byte) & 0x7fffffff
      this.#at++
      this.#heldBits += 8
    }
    this.#heldBits -= bits
    return (this.#held >>> this.#heldBits) & ((1 << bits) - 1)
  }

  /** 32 bits, as an unsigned number. */
  readWord(): number {
    return this.read(16) * 0x10000 + this.read(16)
  }

  /** Goes on to the next whole byte. */
  align(): void {
    this.#heldBits -= this.#heldBits % 8
  }
}
