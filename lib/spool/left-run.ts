import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { putAside, removeFolder } from './folders.ts'
import { readJson, writeJson } from './json-file.ts'
import { toPiece } from './log-text.ts'
import type { Ownership } from './owner.ts'
import { readLog } from './read-log.ts'
import { EndRecord, nothingSent, RunRecord, SentRecord } from './records.ts'
import type { Ended, Spooled } from './spooled.ts'

/** Why a folder is no run that can be delivered: a newer version's is left alone, a torn one is put aside. */
export type NoRun = { newer: true } | { torn: string }

/**
 * A run whose process is gone, from its folder, which this process holds. Without an end of its own it failed. Whatever a crash
 * has torn counts as not written. Throws what the file system throws.
 */
export async function openLeftRun(owner: Ownership): Promise<(Spooled & { close(): Promise<void> }) | NoRun> {
  const { folder } = owner
  const [record, sent, end] = await Promise.all([
    readJson(join(folder, 'run.json'), RunRecord),
    readJson(join(folder, 'sent.json'), SentRecord),
    readJson(join(folder, 'end.json'), EndRecord),
  ])
  if (record === 'newer' || sent === 'newer' || end === 'newer') return { newer: true }
  if (typeof record === 'string') return { torn: `its run.json is ${record}` }
  const progress = typeof sent === 'string' ? nothingSent(record) : sent
  const handle = await open(join(folder, 'log'), 'r+').catch(unlessMissing)
  try {
    const { size = 0, mtime } = (await handle?.stat()) ?? {}
    if (typeof end === 'string') {
      const kept = { handle, fileBytes: handle ? await seal(handle) : 0, tail: Buffer.alloc(0) }
      return new LeftRun({ record, sent: progress, ended: unknownEnd(record, mtime), owner, kept })
    }
    // A file that is shorter than it was has lost its end with the power.
    const kept = { handle, fileBytes: Math.min(end.fileBytes, size), tail: Buffer.from(end.tail) }
    return new LeftRun({ record, sent: progress, ended: end, owner, kept })
  } catch (error) {
    await handle?.close()
    throw error
  }
}

interface Found {
  record: RunRecord
  sent: SentRecord
  ended: Ended
  owner: Ownership
  kept: Parameters<typeof readLog>[0]
}

class LeftRun implements Spooled {
  readonly record: RunRecord
  readonly log: Spooled['log']
  readonly ended: Ended
  sent: SentRecord
  readonly #owner: Ownership
  readonly #handle: FileHandle | null

  constructor({ record, sent, ended, owner, kept }: Found) {
    this.record = record
    this.sent = sent
    this.ended = ended
    this.#owner = owner
    this.#handle = kept.handle
    this.log = {
      length: kept.fileBytes + kept.tail.length,
      state: 'whole',
      read: (offset, bytes) => readLog(kept, offset, bytes),
      changed: async () => {},
    }
  }

  async saveSent(change: Partial<SentRecord>): Promise<void> {
    this.sent = { ...this.sent, ...change }
    await writeJson(join(this.#owner.folder, 'sent.json'), this.sent, { lasting: false }).catch(() => {})
  }

  async remove(): Promise<void> {
    this.#owner.stop()
    await this.close()
    await removeFolder(this.#owner.folder)
  }

  async putAside(why: string): Promise<string> {
    this.#owner.stop()
    await this.close()
    return await putAside(this.#owner.folder, why)
  }

  async close(): Promise<void> {
    await this.#handle?.close()
  }
}

const LAST_LINE_BYTES = 256 * 1024

/** Ends a log that was cut off within a line, and gives back its length. Done again after a crash, it does the same. */
async function seal(handle: FileHandle): Promise<number> {
  const { size, atime, mtime } = await handle.stat()
  const start = Math.max(0, size - LAST_LINE_BYTES)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start)
  const lineStart = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1
  if (lineStart === bytesRead) return size
  const piece = toPiece(Buffer.from(buffer.subarray(lineStart, bytesRead)))
  await handle.write(piece, 0, piece.length, start + lineStart)
  await handle.truncate(start + lineStart + piece.length)
  // When the run was last heard of.
  await handle.utimes(atime, mtime)
  return start + lineStart + piece.length
}

function unknownEnd({ start }: RunRecord, lastHeardOf: Date | undefined): Ended {
  const error =
    'runledger ended before the run did (it was killed, or the machine went down): how it came out is not known'
  const finishedAt = lastHeardOf === undefined ? {} : { finishedAt: lastHeardOf.toISOString() }
  // What came from the queue may be tried again.
  return {
    end: { method: 'failRun', report: { error, retryable: start === null, ...finishedAt } },
    outputs: null,
  }
}

function unlessMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}
