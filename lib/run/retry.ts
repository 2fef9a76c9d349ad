/** Backoff as data page rule 5 has it; cron's own rule is elsewhere. */
export const BACKOFF = { baseMs: 1_000, maxMs: 3_600_000 } as const

/**
 * How long a run waits before its next attempt: `min(max, base · 2^(n-1))`, of which a random half is taken off so that
 * a crowd that failed together does not come back together.
 * `attempt` is the number of attempts made (1 or more), `random` in [0, 1).
 */
export function retryDelayMs(attempt: number, random: number): number {
  // 2^53 would be infinity long before it mattered; the exponent is capped so that any attempt is safe.
  const full = Math.min(BACKOFF.maxMs, BACKOFF.baseMs * 2 ** Math.min(attempt - 1, 40))
  return Math.round(full * (1 - random / 2))
}
