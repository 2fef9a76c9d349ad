import type { EndOfRun, RunRecord, SentRecord } from './records.ts'

/** A run in the spool, for whoever delivers it: while it runs, or when its process is gone. */
export interface Spooled {
  readonly record: RunRecord
  readonly log: SpooledLog
  /** How far it has been sent. */
  readonly sent: SentRecord
  /** Notes how far it has been sent. Never rejects: what cannot be noted is asked of the ledger again. */
  saveSent(change: Partial<SentRecord>): Promise<void>
  /** How it came out; null while that is not known. */
  readonly ended: Ended | null
  /** Removes it, delivered. */
  remove(): Promise<void>
  /** Puts it where it is not tried again, and says where; null where there was nothing on disk. */
  putAside(why: string): Promise<string | null>
}

export interface Ended {
  end: EndOfRun
  /** A folder whose files are to be kept as the run's outputs. */
  outputs: string | null
}

export interface SpooledLog {
  /** How much of it can be read by now. */
  readonly length: number
  /** Whether more may come. */
  readonly state: 'growing' | 'whole' | 'abandoned'
  read(offset: number, bytes: number): Promise<Buffer>
  /** Resolves when the log has grown, or its state has changed, after this call. */
  changed(): Promise<void>
}
