import { rate } from '../measure.ts'

/** A queue in a fresh database of its own, as the scenarios see it: ours, another's, or plain SQL. */
export interface Peer {
  name: string
  /** One run, by one call. */
  enqueue(n: number): Promise<void>
  enqueueBatch(count: number): Promise<void>
  /** Claims and completes all that waits, so many callers each by `size`; runs a second. */
  work(job: Work): Promise<number>
  /** Takes away all that waits, and lets so many wait instead. */
  refill(waiting: number): Promise<void>
  /** So many runs that have ended lie behind from now on, where the peer keeps such; false where it does not. */
  fillFinished(count: number): Promise<boolean>
  /** Everything away. */
  empty(): Promise<void>
  counts(): Promise<Counts>
  close(): Promise<void>
}

export interface Work {
  callers: number
  size: number
  /** How many are done before those that count. */
  first?: number
  /** How many count; these and the first are all that wait. */
  total: number
}

export interface Counts {
  waiting: number
  /** Null where what has ended is not kept. */
  finished: number | null
}

/** `work` for a peer whose caller claims and completes by himself. */
export async function workByCalls(
  job: Work,
  claimAndComplete: (size: number) => Promise<number>,
): Promise<number> {
  const call = async (size: number) => {
    // A claim skips what another one is just looking at, so it may come back with less.
    for (let left = size; left > 0; ) left -= await claimAndComplete(left)
  }
  await rate({ ...job, total: job.first ?? 0 }, call)
  return rate(job, call)
}
