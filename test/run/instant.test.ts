import { describe, expect, it } from 'vitest'
import { Instant } from '../../lib/run/instant.ts'

describe('an instant', () => {
  it.each([
    ['2026-11-21T10:30:00Z', '2026-11-21T10:30:00.000Z'],
    ['2026-11-21T10:30:00.123456Z', '2026-11-21T10:30:00.123Z'],
    ['2026-11-21T10:30:00+02:00', '2026-11-21T08:30:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('given as %s is kept as %s', (text, kept) => {
    expect(Instant.parse(text)).toBe(kept)
  })

  it.each([
    '2026-11-21',
    '2026-11-21T10:30:00',
    '2026-02-29T00:00:00Z',
    '2026-11-21T25:00:00Z',
    'yesterday',
    '',
    // In UTC these are of the years 0 and 10000.
    '0000-12-31T23:59:59Z',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    1_700_000_000_000,
  ])('is not %j', (text) => {
    expect(Instant.safeParse(text).success).toBe(false)
  })

  it('says once what is wrong with it', () => {
    expect(Instant.safeParse('yesterday').error?.issues).toHaveLength(1)
    expect(Instant.safeParse('0000-01-01T00:00:00Z').error?.issues).toMatchObject([
      { message: 'must lie in the years 1 to 9999' },
    ])
  })
})
