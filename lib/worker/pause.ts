import { setTimeout as sleep } from 'node:timers/promises'
import { longestTimerMs } from '../process/run-after.ts'
import { isLedgerError } from '../run/errors.ts'

const FIRST_MS = 500
const LONGEST_MS = 15_000

/**
 * How long to leave a ledger alone that has failed so many times in a row: no longer than `longestMs`, but a server's own
 * wish goes first.
 */
export function pauseAfter(
  error: unknown,
  tries: number,
  random: () => number,
  longestMs = LONGEST_MS,
): number {
  const asked = isLedgerError(error) ? (error.retryAfterSeconds ?? 0) * 1_000 : 0
  const backoff = Math.min(FIRST_MS * 2 ** tries, LONGEST_MS, longestMs) * (0.5 + random() / 2)
  return Math.max(Math.min(asked, 60_000), backoff)
}

/** Waits, however long, at most until the signal aborts; without `ref` it keeps no process alive. Never rejects. */
export async function pause(ms: number, signal?: AbortSignal, ref = true): Promise<void> {
  let left = ms
  do {
    await sleep(Math.min(left, longestTimerMs), undefined, { ref, ...(signal && { signal }) }).catch(() => {})
    left -= longestTimerMs
  } while (left > 0 && !signal?.aborted)
}

/** Resolves when it aborts. */
export function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

export const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
