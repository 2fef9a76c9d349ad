/** How long a delivery waits after its attempts have failed: three times as long each time, up to four hours, for a day. */
export const DELIVERY_BACKOFF = { baseMs: 5_000, factor: 3, maxMs: 14_400_000 } as const

/** After so many attempts, 1 or more. No chance in it: a webhook is given few deliveries at a time, so no crowd comes back. */
export function deliveryDelayMs(attempts: number): number {
  const { baseMs, factor, maxMs } = DELIVERY_BACKOFF
  return Math.min(maxMs, baseMs * factor ** Math.min(attempts - 1, 20))
}
