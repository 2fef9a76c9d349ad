import { expect, it } from 'vitest'
import {
  relativeTime,
  spokenBytes,
  spokenDuration,
  spokenInstant,
} from '../../../lib/cli/terminal/spoken-time.ts'

const now = new Date('2026-11-21T10:30:00.000Z')

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1_000, '1.0 s'],
  [9_999, '9.9 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [200_000, '3 min 20 s'],
  [3_600_000, '1 h'],
  [7_500_000, '2 h 5 min'],
  [273_600_000, '3 d 4 h'],
])('%i ms is “%s”', (ms, words) => {
  expect(spokenDuration(ms)).toBe(words)
})

it.each([
  ['2026-11-21T10:29:59.500Z', 'just now'],
  ['2026-11-21T10:29:48.000Z', '12 s ago'],
  ['2026-11-21T10:27:00.000Z', '3 min ago'],
  ['2026-11-21T08:30:00.000Z', '2 h ago'],
  ['2026-11-16T10:30:00.000Z', '5 d ago'],
  ['2026-10-02T10:30:00.000Z', '2026-10-02'],
  ['2026-11-21T10:34:30.000Z', 'in 4 min'],
  ['2026-11-21T10:30:00.200Z', 'in 1 s'],
  ['2027-11-21T10:30:00.000Z', '2027-11-21'],
])('%s is “%s”', (instant, words) => {
  expect(relativeTime(instant, now)).toBe(words)
})

it('an instant is read in UTC', () => {
  expect(spokenInstant('2026-11-21T10:30:00.123Z')).toBe('2026-11-21 10:30:00 UTC')
})

it.each([
  [0, '0 B'],
  [812, '812 B'],
  [3_559_424, '3.6 MB'],
  [12_000_000_000, '12 GB'],
])('%i bytes are “%s”', (bytes, words) => {
  expect(spokenBytes(bytes)).toBe(words)
})
