import { setTimeout as sleep } from 'node:timers/promises'
import { isLedgerError } from '../run/errors.ts'

const FIRST_MS = 500
const LONGEST_MS = 15_000

/** How long to leave a ledger alone that has failed so many times in a row; a server's own wish goes first. */
export function pauseAfter(error: unknown, tries: number, random: () => number): number {
  const asked = isLedgerError(error) ? (error.retryAfterSeconds ?? 0) * 1_000 : 0
  const backoff = Math.min(FIRST_MS * 2 ** tries, LONGEST_MS) * (0.5 + random() / 2)
  return Math.max(Math.min(asked, 60_000), backoff)
}

/** Whether the same call may work later. */
export function isPassing(error: unknown): boolean {
  return isLedgerError(error) && (error.code === 'unavailable' || error.code === 'limited')
}

/** Waits, at most until the signal aborts; without `ref` it keeps no process alive. Never rejects. */
export async function pause(ms: number, signal?: AbortSignal, ref = true): Promise<void> {
  await sleep(Math.min(ms, 2 ** 31 - 1), undefined, { ref, ...(signal && { signal }) }).catch(() => {})
}

export const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
