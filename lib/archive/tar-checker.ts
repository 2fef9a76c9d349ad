import { createHash, type Hash } from 'node:crypto'
import { ArchiveFault } from './archive-fault.ts'
import type { LaidEntry, TarLayout } from './lay-out.ts'
import { ResumableSha256 } from './resumable-sha256.ts'
import { padding, tarHead } from './tar-head.ts'

/** How far a tar has been compared. */
export interface TarPlace {
  at: number
  /** In the middle of a file: what has gone into its SHA-256. */
  hash: string | null
}

/**
 * Compares a tar, piece after piece, with what it must be: its heads and its zeros byte for byte, its files by SHA-256. It may be left
 * after any piece, and taken up again there by another process.
 */
export class TarChecker {
  readonly #layout: TarLayout
  #at: number
  /** The entry that `#at` is in; behind the last one, where the tar ends. */
  #n: number
  #hash: Hash | ResumableSha256 | null

  constructor(layout: TarLayout, { at, hash }: TarPlace = { at: 0, hash: null }) {
    this.#layout = layout
    this.#at = at
    this.#n = layout.entries.findIndex((laid) => at < endOf(laid))
    if (this.#n < 0) this.#n = layout.entries.length
    this.#hash = hash === null ? null : new ResumableSha256(hash)
  }

  /** The next piece, up to `end` of the tar; where that is. Throws an ArchiveFault where it is another, or of another length. */
  async read(source: AsyncIterable<Uint8Array>, end: number): Promise<TarPlace> {
    for await (const chunk of source) {
      if (this.#at + chunk.length > end) throw new ArchiveFault('extra', 'there is more than was put there')
      this.#add(chunk, end)
    }
    if (this.#at < end) throw new ArchiveFault('truncated', 'there is less than was put there')
    return { at: end, hash: this.#hash instanceof ResumableSha256 ? this.#hash.save() : null }
  }

  #add(chunk: Uint8Array, end: number): void {
    for (let from = 0; from < chunk.length; ) {
      const laid = this.#layout.entries[this.#n]
      const taken =
        laid === undefined
          ? expectZeros(chunk.subarray(from), 'the end of the tar')
          : this.#addTo(laid, chunk.subarray(from), end)
      from += taken
      this.#at += taken
      if (laid !== undefined && this.#at === endOf(laid)) this.#n++
    }
  }

  /** How many bytes of a chunk belong to the part of an entry that is next: its head, its file, or the zeros behind that. */
  #addTo(laid: LaidEntry, chunk: Uint8Array, end: number): number {
    const { tarStart, dataStart, bytes, name } = laid
    const dataEnd = dataStart + bytes
    if (this.#at < dataStart) {
      const head = tarHead(laid).subarray(this.#at - tarStart, this.#at - tarStart + chunk.length)
      if (!head.equals(chunk.subarray(0, head.length))) throw differs(name)
      if (this.#at + head.length === dataStart && bytes === 0) this.#endFile(laid, createHash('sha256'))
      return head.length
    }
    if (this.#at >= dataEnd) return expectZeros(chunk.subarray(0, endOf(laid) - this.#at), name)
    const data = chunk.subarray(0, dataEnd - this.#at)
    // One that goes on behind this piece may have to be taken up again.
    this.#hash ??= dataEnd <= end ? createHash('sha256') : new ResumableSha256()
    this.#hash.update(data)
    if (this.#at + data.length === dataEnd) this.#endFile(laid, this.#hash)
    return data.length
  }

  #endFile({ entry, name }: LaidEntry, hash: Hash | ResumableSha256): void {
    if (hash.digest('hex') !== (entry?.sha256 ?? this.#layout.manifestSha256)) throw differs(name)
    this.#hash = null
  }
}

const endOf = ({ dataStart, bytes }: LaidEntry) => dataStart + bytes + padding(bytes)

function expectZeros(chunk: Uint8Array, where: string): number {
  if (chunk.some((byte) => byte !== 0)) throw differs(where)
  return chunk.length
}

const differs = (name: string) =>
  new ArchiveFault('differs', `${name} is not what the manifest says`, { entry: name })
