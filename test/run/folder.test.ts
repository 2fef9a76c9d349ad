import { describe, expect, it } from 'vitest'
import { folderName } from '../../lib/run/folder.ts'

const ID = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'

describe('the name of a folder', () => {
  it.each([
    ['2026-11-21T10:30:05.123Z', '20261121_103005'],
    ['2026-11-21T23:59:59.999Z', '20261121_235959'],
    ['2026-11-22T00:00:00.000Z', '20261122_000000'],
    ['2026-12-31T23:59:59.999Z', '20261231_235959'],
    ['2027-01-01T00:00:00.000Z', '20270101_000000'],
    ['2028-02-29T12:00:00.000Z', '20280229_120000'],
    // Clocks go forward and back in Europe and in New York; UTC does not.
    ['2026-03-29T01:00:00.000Z', '20260329_010000'],
    ['2026-10-25T01:30:00.000Z', '20261025_013000'],
    ['2026-03-08T02:30:00.000-05:00', '20260308_073000'],
    // Another day where it was written.
    ['2026-11-22T00:30:00.000+01:00', '20261121_233000'],
    ['2026-12-31T20:00:00.000-05:00', '20270101_010000'],
  ])('at %s begins with %s', (instant, stamp) => {
    expect(folderName(ID, instant)).toBe(`${stamp}_${ID}`)
  })
})
