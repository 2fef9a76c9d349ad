import { type RunRecord, type RunToSpool, SPOOL_VERSION } from './records.ts'
import { RunSpool, type SpoolOptions } from './run-spool.ts'

export interface Spool {
  /** Begins to keep a run, at once: its folder is made behind the back of the caller. Never throws. */
  begin(run: RunToSpool): RunSpool
}

/** The spool of this machine: what runs say is kept there first and delivered from there. */
export function openSpool(options: SpoolOptions): Spool {
  return { begin: (run) => new RunSpool(toRecord(run, options.place), options) }
}

function toRecord(run: RunToSpool, place: string): RunRecord {
  if ('start' in run)
    return { version: SPOOL_VERSION, id: run.start.id, place, start: run.start, lease: null }
  const { id, leaseToken, fence } = run.claimed
  return { version: SPOOL_VERSION, id, place, start: null, lease: { leaseToken, fence } }
}
