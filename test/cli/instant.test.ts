import { expect, it } from 'vitest'
import { toInstant } from '../../lib/cli/instant.ts'

const now = new Date('2026-11-21T10:30:00.000Z')

it.each([
  ['2h', '2026-11-21T08:30:00.000Z'],
  ['1h30m', '2026-11-21T09:00:00.000Z'],
  ['7d', '2026-11-14T10:30:00.000Z'],
  ['2026-11-01', '2026-11-01T00:00:00.000Z'],
  ['2026-11-01T08:00:00Z', '2026-11-01T08:00:00.000Z'],
  ['2026-11-01T08:00:00.5+02:00', '2026-11-01T06:00:00.500Z'],
])('%s is %s', (text, instant) => {
  expect(toInstant(text, now)).toBe(instant)
})

it.each(['yesterday', '2026-11-01T08:00:00', '2026-13-01', '', '2', 'h'])('%j is refused', (text) => {
  expect(() => toInstant(text, now)).toThrow(/is not an instant; write .*2h for two hours ago/)
})
