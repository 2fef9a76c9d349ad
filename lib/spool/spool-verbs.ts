import type { FailRun, SucceedRun } from '../ledger/runs/completion.ts'
import type { StartRun } from '../ledger/runs/start-run.ts'

/** What delivering needs of a ledger; the CLI's `Verbs` are such. */
export interface SpoolVerbs {
  startRun(input: StartRun): Promise<{ run: { fence: number }; leaseToken: string }>
  /**
   * Adds bytes to the log of a run. Bytes sent before are taken once. Throws `conflict` with `expectedOffset` where the log
   * goes on elsewhere, and `lease_lost` where the run is no longer the caller's.
   */
  appendLog(input: LogChunk): Promise<{ nextOffset: number }>
  heartbeatRun(input: { id: string; leaseToken: string }): Promise<unknown>
  succeedRun(input: SucceedRun): Promise<unknown>
  failRun(input: FailRun): Promise<unknown>
}

export interface LogChunk {
  id: string
  leaseToken: string
  /** Where the bytes begin in what this attempt has sent. */
  offset: number
  bytes: Uint8Array
}
