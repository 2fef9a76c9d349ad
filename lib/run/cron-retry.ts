/** How long a failed execution's retry waits at least: 1 s, 2 s, 4 s … up to 30 s, no jitter. `retryCount` is of the one that failed. */
export function cronRetryDelayMs(retryCount: number): number {
  return Math.min(30_000, 1_000 * 2 ** Math.min(retryCount, 10))
}
