/** How long a delivery waits after its attempts have failed: three times as long each time, up to four hours, for a day. */
export const DELIVERY_BACKOFF = { baseMs: 5_000, factor: 3, maxMs: 14_400_000 } as const

/** After so many attempts, 1 or more. No chance in it: a webhook is given few deliveries at a time, so no crowd comes back. */
export function deliveryDelayMs(attempts: number): number {
  const { baseMs, factor, maxMs } = DELIVERY_BACKOFF
  return Math.min(maxMs, baseMs * factor ** Math.min(attempts - 1, 20))
}

/** A receiver may ask for a longer wait than ours, but for no longer than this. */
const LONGEST_WAIT_MS = 3_600_000

/** For how long a receiver that answered so is left alone at least. */
export function deliveryWaitMs(status: number | null, retryAfterMs: number | null): number {
  return status === 429 || status === 503 ? Math.min(LONGEST_WAIT_MS, retryAfterMs ?? 0) : 0
}
