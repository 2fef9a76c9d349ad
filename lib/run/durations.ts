/**
 * A histogram of durations in buckets that grow by a quarter power of two, so a percentile read from it is at most 19 % off.
 * Bucket n holds durations up to 2^(n/4) ms; bucket 0 up to 1 ms; the last (31 years) everything longer.
 */
export const MAX_BUCKET = 160

/** What is shown of it where a row a bucket would be too much: powers of two of milliseconds, 16 ms to 3 days, each an edge. */
export const SHOWN_POWERS = { first: 4, last: 28 } as const

/** The bucket of a duration in milliseconds. The stores compute the same in SQL: `ceil(4 · log2(ms))`, 0 to MAX_BUCKET. */
export function durationBucket(ms: number): number {
  return ms <= 1 ? 0 : Math.min(MAX_BUCKET, Math.ceil(4 * Math.log2(ms)))
}

/** The longest duration a bucket holds, in whole milliseconds. */
export function bucketUpperMs(bucket: number): number {
  return Math.floor(2 ** (bucket / 4))
}

/** A percentile (0 to 1) of `[bucket, count]` pairs, as the upper edge of the bucket it falls in; null when there is none. */
export function percentileMs(
  counts: Iterable<[bucket: number, count: number]>,
  percentile: number,
): number | null {
  const sorted = [...counts].filter(([, count]) => count > 0).sort(([a], [b]) => a - b)
  const total = sorted.reduce((sum, [, count]) => sum + count, 0)
  if (total === 0) return null
  let seen = 0
  for (const [bucket, count] of sorted) {
    seen += count
    if (seen >= total * percentile) return bucketUpperMs(bucket)
  }
  return null
}
