import { expect, it } from 'vitest'
import { toFixedInstant, toInstant } from '../../lib/cli/instant.ts'

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

it.each(['2026-02-29', '2026-02-31', '2026-04-31T10:00:00Z', '2026-02-30T23:00:00-05:00'])(
  '%j is refused, and not taken for another day',
  (text) => {
    for (const parse of [toFixedInstant, (given: string) => toInstant(given, now)])
      expect(() => parse(text)).toThrow(`${JSON.stringify(text)} is no day of the calendar`)
  },
)

it.each([
  ['2028-02-29', '2028-02-29T00:00:00.000Z'],
  ['2026-02-28T23:00:00-05:00', '2026-03-01T04:00:00.000Z'],
])('%s is the fixed instant %s', (text, instant) => {
  expect(toFixedInstant(text)).toBe(instant)
})

it('how long ago something was is no fixed instant', () => {
  expect(() => toFixedInstant('2h')).toThrow(
    '"2h" is not an instant; write 2026-11-21T10:30:00Z or 2026-11-21',
  )
})
