import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bucketUpperMs, durationBucket, MAX_BUCKET, percentileMs } from '../../lib/run/durations.ts'
import { pendingStats } from '../../lib/store/postgres/stats.ts'
import { useHarness } from '../contracts/harness.ts'
import { POSTGRES } from '../support/open-ledger.ts'

/** As a wrong percentile may be: a quarter power of two. */
const ERROR = 2 ** 0.25
const LONGEST_MS = 2 ** 40
/** What a column of milliseconds holds without a second thought: 24 days. */
const SURE_MS = 2 ** 31 - 1
const durations = fc.oneof(
  fc.integer({ min: 1, max: 100 }),
  fc.integer({ min: 1, max: 86_400_000 }),
  fc.maxSafeInteger().map((n) => (Math.abs(n) % LONGEST_MS) + 1),
)

describe('the bucket of a duration', () => {
  it('holds it, and nothing that is more than 19 % shorter', () => {
    fc.assert(
      fc.property(durations, (ms) => {
        const upper = bucketUpperMs(durationBucket(ms))
        expect(upper).toBeGreaterThanOrEqual(ms)
        expect(upper / ms).toBeLessThanOrEqual(ERROR)
        expect(ERROR).toBeLessThan(1.19)
      }),
    )
  })

  it('grows with it', () => {
    fc.assert(
      fc.property(durations, durations, (a, b) => {
        expect(durationBucket(Math.min(a, b))).toBeLessThanOrEqual(durationBucket(Math.max(a, b)))
      }),
    )
  })

  it('is the first for nothing at all, and the last for all that is too long', () => {
    expect([-5, 0, 0.5, 1].map(durationBucket)).toEqual([0, 0, 0, 0])
    expect([LONGEST_MS, LONGEST_MS * 9, Number.MAX_VALUE].map(durationBucket)).toEqual(
      [1, 2, 3].map(() => MAX_BUCKET),
    )
  })

  it('has a power of two for its upper edge every fourth time', () => {
    for (let power = 0; power <= 40; power++) expect(durationBucket(2 ** power)).toBe(4 * power)
  })
})

describe('a percentile', () => {
  const counts = (all: number[]) =>
    [...Map.groupBy(all, durationBucket)].map(([bucket, some]) => [bucket, some.length] as [number, number])
  const percentiles = fc.double({ min: 0, max: 1, noNaN: true })

  it('is never less than the true one, and at most 19 % more', () => {
    fc.assert(
      fc.property(fc.array(durations, { minLength: 1, maxLength: 200 }), percentiles, (all, percentile) => {
        const sorted = all.toSorted((a, b) => a - b)
        const exact = sorted[Math.max(0, Math.ceil(all.length * percentile) - 1)] as number
        const read = percentileMs(counts(all), percentile) as number
        expect(read).toBeGreaterThanOrEqual(exact)
        expect(read / exact).toBeLessThanOrEqual(ERROR)
      }),
    )
  })

  it('does not mind the order of the buckets, nor one that is given in parts or empty', () => {
    const whole: [number, number][] = [
      [4, 90],
      [20, 10],
    ]
    const parts: [number, number][] = [
      [20, 4],
      [99, 0],
      [4, 90],
      [20, 6],
    ]
    for (const percentile of [0, 0.5, 0.9, 0.91, 1])
      expect(percentileMs(parts, percentile)).toBe(percentileMs(whole, percentile))
  })

  it('of nothing is null', () => {
    expect(percentileMs([], 0.95)).toBeNull()
    expect(percentileMs([[3, 0]], 0.95)).toBeNull()
  })
})

describe('the buckets that Postgres counts in', () => {
  const at = useHarness(POSTGRES)

  it('are these', async () => {
    const edges = Array.from({ length: 140 }, (_, bucket) => bucketUpperMs(bucket))
    const around = edges.flatMap((ms) => [ms - 1, ms, ms + 1])
    const scattered = fc.sample(fc.integer({ min: 0, max: SURE_MS }), { numRuns: 500, seed: 42 })
    const values = [...new Set([...around, ...scattered])].filter((ms) => ms >= 0 && ms <= SURE_MS)
    values.push(LONGEST_MS, LONGEST_MS * 8)
    const { store } = at()
    // Each run has its own duration for its kind, since a row of the table names no run.
    const runs = `(SELECT ms::text AS kind, 'succeeded' AS state, NULL::text AS "projectId", 0 AS "logBytes", 0 AS "outputBytes",
      to_timestamp(0) AS "startedAt", to_timestamp(0) + ms * interval '1 millisecond' AS "finishedAt"
      FROM unnest('{${values}}'::bigint[]) AS ms) AS runs`
    await store.raw(pendingStats([{ from: runs, by: 1 }], true))
    const rows = await store.raw('SELECT kind, bucket FROM run_stats_pending')
    const counted = Object.fromEntries(
      (rows as { kind: string; bucket: number }[]).map((row) => [row.kind, row.bucket]),
    )
    expect(counted).toEqual(Object.fromEntries(values.map((ms) => [String(ms), durationBucket(ms)])))
  })
})
