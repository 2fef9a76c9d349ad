import type { FileHandle } from 'node:fs/promises'

/** What a line in the log says about bytes that are not there. */
export type Mark = (lostBytes: number, reason: string) => Buffer

export interface LogFileOptions {
  /** The empty file, once there is one. Where none can be made, nothing is kept but a word about it. */
  handle: Promise<FileHandle>
  mark: Mark
  /** The first thing that could not be written. */
  onFull: (reason: string) => void
  /** There are more bytes to be read. */
  onGrowth: () => void
}

/** What is kept of a log at its end: so much of the file, and words that found no room in it. */
export interface KeptLog {
  fileBytes: number
  tail: Buffer
}

const PLENTY = 2 * 1024 * 1024

/**
 * Writes a log to disk, in large pieces, behind the back of whoever prints it. What a full disk does not take is counted, and
 * a line says so as soon as there is room again. Never throws.
 */
export class LogFile {
  /** How many bytes can be read: whole lines, in the order they came. */
  fileBytes = 0
  readonly #options: LogFileOptions
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #lostBytes = 0
  #reason = ''
  #writing: Promise<void> | undefined
  #drained = Promise.withResolvers<void>()

  constructor(options: LogFileOptions) {
    this.#options = options
  }

  /** Takes whole lines, which must not be changed afterwards. False: it is time to wait for `drained`. */
  write(lines: Uint8Array): boolean {
    if (lines.length === 0) return this.#waitingBytes < PLENTY
    this.#waiting.push(lines)
    this.#waitingBytes += lines.length
    this.#writing ??= this.#writeAll()
    return this.#waitingBytes < PLENTY
  }

  /** When more may be written. */
  async drained(): Promise<void> {
    if (this.#waitingBytes >= PLENTY) await this.#drained.promise
  }

  /** Waits until all is written, or lost. */
  async flushed(): Promise<void> {
    await this.#writing
  }

  /** Writes what is left and makes it last. Nothing may be written afterwards. */
  async end(): Promise<KeptLog> {
    await this.#writing
    if (this.#lostBytes > 0) await this.#append([])
    const tail = this.#lostBytes > 0 ? this.#mark() : Buffer.alloc(0)
    await this.#options.handle.then((handle) => handle.sync()).catch((error) => this.#note(error))
    return { fileBytes: this.fileBytes, tail }
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting
      this.#waiting = []
      this.#waitingBytes = 0
      this.#drained.resolve()
      this.#drained = Promise.withResolvers()
      await this.#append(lines)
    }
    this.#writing = undefined
  }

  async #append(lines: Uint8Array[]): Promise<void> {
    const mark = this.#lostBytes > 0 ? this.#mark() : Buffer.alloc(0)
    const bytes = sizeOf(lines)
    const kept = await this.#put([mark, ...lines], mark.length)
    // Where the mark was kept it has told of what was lost before.
    this.#lostBytes = kept === 0 ? this.#lostBytes + bytes : mark.length + bytes - kept
    this.fileBytes += kept
    if (kept > 0) this.#options.onGrowth()
  }

  /** How many bytes of whole lines were kept; none where not even one came after the mark. */
  async #put(parts: Uint8Array[], markBytes: number): Promise<number> {
    const bytes = sizeOf(parts)
    let written = 0
    try {
      const handle = await this.#options.handle
      while (written < bytes) {
        const rest = written === 0 ? parts : [Buffer.concat(parts).subarray(written)]
        // At its place, not at the end: a piece that was cut off is written over.
        written += (await handle.writev(rest, this.fileBytes + written)).bytesWritten
      }
      return written
    } catch (error) {
      this.#note(error)
    }
    const whole = Buffer.concat(parts).subarray(0, written).lastIndexOf('\n') + 1
    const kept = whole > markBytes ? whole : 0
    await this.#options.handle.then((handle) => handle.truncate(this.fileBytes + kept)).catch(() => {})
    return kept
  }

  #mark(): Buffer {
    return this.#options.mark(this.#lostBytes, this.#reason)
  }

  #note(error: unknown): void {
    const isFirst = this.#reason === ''
    this.#reason = reasonOf(error)
    if (isFirst) this.#options.onFull(this.#reason)
  }
}

const sizeOf = (parts: Uint8Array[]) => parts.reduce((sum, { length }) => sum + length, 0)

/** In words that say what to do, where there are any. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return REASONS[code ?? ''] ?? message ?? String(error)
}

const REASONS: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file may not grow any more',
  EROFS: 'the disk is read-only',
}
