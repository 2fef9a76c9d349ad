import { join } from 'node:path'
import { folderName, putAside, removeFolder, spoolIn } from './folders.ts'
import { writeJson } from './json-file.ts'
import { type KeptLog, LogFile, reasonOf } from './log-file.ts'
import { markLine } from './log-text.ts'
import { type MadeFolder, makeRunFolder, releaseReserve } from './make-run-folder.ts'
import type { Ownership } from './owner.ts'
import { readLog } from './read-log.ts'
import {
  type EndOfRun,
  type EndRecord,
  nothingSent,
  type RunRecord,
  type SentRecord,
  SPOOL_VERSION,
} from './records.ts'
import type { Ended, Spooled, SpooledLog } from './spooled.ts'

export interface SpoolOptions {
  /** The spool is its folder `spool`. */
  home: string
  /** The ledger that runs belong to: its URL or path, as `OpenVerbs` has it. They are delivered nowhere else. */
  place: string
  now: () => Date
  /** Told once for each run: something of it cannot be kept on disk (and why). Its script runs on. */
  onFull: (runId: string, reason: string) => void
}

/**
 * A run of this process in the spool. None of its methods throws or rejects, whatever becomes of the disk; what could not be
 * kept there is delivered from memory as long as the process lives. Whoever began it lets it be delivered, or abandons it.
 */
export class RunSpool implements Spooled {
  readonly record: RunRecord
  readonly log: SpooledLog
  sent: SentRecord
  ended: Ended | null = null
  readonly #options: SpoolOptions
  readonly #folder: string
  readonly #made: Promise<MadeFolder>
  readonly #file: LogFile
  #kept: KeptLog | undefined
  #isAbandoned = false
  #change = Promise.withResolvers<void>()

  constructor(record: RunRecord, options: SpoolOptions) {
    this.record = record
    this.sent = nothingSent(record)
    this.#options = options
    this.#folder = join(spoolIn(options.home), folderName(record))
    this.#made = makeRunFolder(this.#folder, record, options.now)
    this.#made.catch((error) => this.#tellFull(reasonOf(error)))
    const handle = this.#made.then(({ handle }) => handle)
    // Asked for with the first line, which may come late or never.
    handle.catch(() => {})
    this.#file = new LogFile({
      handle,
      mark: (bytes, why) =>
        markLine(record.id, options.now(), `${bytes} bytes of the log are missing here: ${why}`),
      onFull: (reason) => this.#tellFull(reason),
      onGrowth: () => this.#changed(),
    })
    this.log = this.#toLog()
  }

  /** Takes whole lines with their prefixes, at once. False: more than 2 MB wait for the disk; wait for `drained`. */
  write(lines: Uint8Array): boolean {
    return this.#file.write(lines)
  }

  /** When more may be written. */
  drained(): Promise<void> {
    return this.#file.drained()
  }

  /** When all that was written is on disk, or lost. */
  flushed(): Promise<void> {
    return this.#file.flushed()
  }

  /** Says how the run came out, after its last line. When it resolves, that is on disk, for good where there is room. */
  async end(end: EndOfRun, { outputs = null }: { outputs?: string | null } = {}): Promise<void> {
    await this.#file.flushed()
    await this.#made.then(() => releaseReserve(this.#folder)).catch(() => {})
    const kept = await this.#file.end()
    const { leaseToken: _, ...report } = { leaseToken: '', ...end.report }
    const record: EndRecord = {
      version: SPOOL_VERSION,
      end: { ...end, report } as EndOfRun,
      fileBytes: kept.fileBytes,
      tail: kept.tail.toString(),
      outputs,
    }
    await this.#made
      .then(() => writeJson(join(this.#folder, 'end.json'), record, { lasting: true }))
      .catch((error) => this.#tellFull(reasonOf(error)))
    this.#kept = kept
    this.ended = { end: record.end, outputs }
    this.#changed()
  }

  /**
   * Lets go of it: what is on disk is for the next flush, in this process or another. Without an end it is then told as failed.
   */
  async abandon(): Promise<void> {
    this.#isAbandoned = true
    this.#changed()
    await this.#file.flushed()
    await this.#close((owner) => owner.release())
  }

  async saveSent(change: Partial<SentRecord>): Promise<void> {
    this.sent = { ...this.sent, ...change }
    await this.#made
      .then(() => writeJson(join(this.#folder, 'sent.json'), this.sent, { lasting: false }))
      .catch(() => {})
  }

  async remove(): Promise<void> {
    await this.#close(async (owner) => {
      owner.stop()
      await removeFolder(this.#folder)
    })
  }

  async putAside(why: string): Promise<string | null> {
    let place: string | null = null
    await this.#close(async (owner) => {
      owner.stop()
      place = await putAside(this.#folder, why)
    })
    return place
  }

  async #close(leave: (owner: Ownership) => Promise<void>): Promise<void> {
    try {
      const { handle, owner } = await this.#made
      await handle.close()
      await leave(owner)
    } catch {
      // Never made, or closed before; what is left of it is for a flush.
    }
  }

  #toLog(): SpooledLog {
    const file = this.#file
    const kept = () => this.#kept ?? { fileBytes: file.fileBytes, tail: Buffer.alloc(0) }
    const state = () => (this.#isAbandoned ? 'abandoned' : this.#kept ? 'whole' : 'growing')
    return {
      get length() {
        return kept().fileBytes + kept().tail.length
      },
      get state() {
        return state()
      },
      read: async (offset, bytes) => {
        const made = await this.#made.catch(() => null)
        return await readLog({ handle: made?.handle ?? null, ...kept() }, offset, bytes)
      },
      changed: () => this.#change.promise,
    }
  }

  #changed(): void {
    this.#change.resolve()
    this.#change = Promise.withResolvers()
  }

  #tellFull = once((reason: string) => this.#options.onFull(this.record.id, reason))
}

/** A function that does its work the first time, and harms nobody. */
function once<T>(work: (value: T) => void): (value: T) => void {
  let isDone = false
  return (value) => {
    if (isDone) return
    isDone = true
    try {
      work(value)
    } catch {}
  }
}
