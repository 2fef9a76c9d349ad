import type { StorageState } from '../run/run.ts'

/**
 * What the database knows of logs: which chunks there are and up to where. The bytes are in the object store. Positions count
 * the bytes of a run's whole log, all its attempts one after the other; offsets count what one attempt (fence) has sent.
 */
export interface LogStore {
  /** How far a run's log is; null where there is no such run. */
  state(runId: string): Promise<LogState | null>

  /** The chunk that an attempt sent at this offset; null where it sent none that begins there. */
  chunkAt(runId: string, fence: number, offset: number): Promise<LogChunk | null>

  /** The chunk that ends where this attempt's log ends; null before the first. */
  lastChunk(runId: string, fence: number): Promise<LogChunk | null>

  /**
   * Adds a chunk where its run is still at that fence, its lease is held (or the ledger itself has ended the run, as lost, timed
   * out or canceled, and nobody has taken it since), and `offset` is the next one: the chunk's row, the run's next offset and its size, in one statement. Null where one
   * of these is not so. A chunk of which nothing is kept (`bytes` 0) only moves the next offset.
   */
  append(chunk: NewLogChunk): Promise<LogState | null>

  /** Up to `limit` chunks that hold bytes at or after this position, in order of position. */
  chunks(runId: string, fromPosition: number, limit: number): Promise<LogChunk[]>

  /**
   * Runs that have ended and have chunks left, some at a time, in order of their ids; those that are called lost, whose holder
   * may come back, only when they have been for so long.
   */
  compactable(options: { afterRunId?: string; lostWaitSeconds: number; limit: number }): Promise<string[]>

  /**
   * Says that the log object covers the log up to `objectBytes`, where the log has not grown and nobody else has said more since.
   * With `markBytes` the object ends with so many that nobody sent, a mark in place of what never came: they are counted, and
   * what the holder spoke of is not waited for any more. False where that is not so.
   */
  setObject(
    runId: string,
    object: { logFile: string; objectBytes: number; previousObjectBytes: number; markBytes?: number },
  ): Promise<boolean>

  /** Forgets the chunks that the log object covers, once their objects are gone. */
  forgetChunks(runId: string): Promise<number>
}

/** A run's log in numbers. */
export interface LogState {
  runId: string
  projectId: string | null
  createdBy: string | null
  fence: number
  /** Where its bytes are. */
  storageState: StorageState
  /** The offset at which the present attempt goes on. */
  nextOffset: number
  /** Bytes kept of all attempts; also the position at which the next chunk will stand. */
  bytes: number
  /** The offset at which the holder said its log ends; null where it has not said. */
  finalOffset: number | null
  /** The object that holds the log up to `objectBytes`; null before the first compaction. */
  logFile: string | null
  objectBytes: number
  /** Whether the run has ended. */
  isFinal: boolean
  /** Whether a chunk may still come: the lease is held, or the ledger itself has ended the run. */
  isOpen: boolean
}

export interface LogChunk {
  runId: string
  fence: number
  /** Of what the attempt sent. */
  offset: number
  /** As sent. */
  sentBytes: number
  /** SHA-256 in hex of the bytes as sent, to tell a repeat from another chunk. */
  sentSha256: string
  /** Where in the whole log it begins. */
  position: number
  /** What is kept: all that was sent, or less where the log was cut. */
  bytes: number
  /** SHA-256 in hex of the bytes kept (redacted, not compressed). */
  sha256: string
  /** Null where nothing is kept. */
  objectKey: string | null
  /** Whether it ends within a private key, so that what follows is part of it. */
  endsInKey: boolean
}

export type NewLogChunk = Omit<LogChunk, 'position'>
