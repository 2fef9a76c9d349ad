import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_OUTPUT_BYTES, missingParts, partBytesOf, partCountOf } from '../../lib/run/output-parts.ts'

const MIB = 1024 * 1024

describe('the parts of a file', () => {
  it.each([
    [64 * MIB + 1, 16, 5],
    [160_000 * MIB, 16, 10_000],
    [160_000 * MIB + 1, 17, 9_412],
    [MAX_OUTPUT_BYTES, 525, 9_987],
  ])('of %d bytes have %d MiB and are %d', (bytes, mib, count) => {
    expect([partBytesOf(bytes), partCountOf(bytes)]).toEqual([mib * MIB, count])
  })

  it('are all of it, 10,000 at most, none too small, however long it is', () => {
    const lengths = fc.oneof(
      fc.integer({ min: 1, max: 200 * MIB }),
      fc.integer({ min: 1, max: MAX_OUTPUT_BYTES }),
    )
    fc.assert(
      fc.property(lengths, (bytes) => {
        const parts = missingParts(bytes, [])
        expect(parts.length).toBe(partCountOf(bytes))
        expect(parts.length).toBeLessThanOrEqual(10_000)
        expect(parts.reduce((sum, part) => sum + part.bytes, 0)).toBe(bytes)
        expect(parts.slice(0, -1).every((part) => part.bytes === partBytesOf(bytes))).toBe(true)
        expect(parts.at(-1)?.bytes).toBeGreaterThan(0)
      }),
      { numRuns: 50 },
    )
  })

  it('that are stored as they should be need not be sent again', () => {
    const bytes = 40 * MIB
    const stored = [
      { number: 1, bytes: 16 * MIB },
      { number: 2, bytes: 5 * MIB },
      { number: 3, bytes: 16 * MIB },
    ]
    expect(missingParts(bytes, stored)).toEqual([
      { number: 2, bytes: 16 * MIB },
      { number: 3, bytes: 8 * MIB },
    ])
    expect(missingParts(bytes, missingParts(bytes, []))).toEqual([])
  })
})
