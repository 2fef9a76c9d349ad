import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attempt, LedgerError } from '../../lib/run/errors.ts'
import { parseSchedule } from '../../lib/run/schedule.ts'

const refusal = (text: string, zone = 'UTC') => {
  const parsed = attempt(() => parseSchedule(text, zone))
  if (!(parsed instanceof LedgerError)) throw new Error(`${JSON.stringify(text)} is read: ${parsed.words}`)
  return parsed
}

const COUNTS = /has (\d+) fields: there are 5 .* or 6/
const CHARACTERS = /has characters that no schedule has/
const SECOND = /its second cannot be read: that takes 0 to 59/
const MINUTE = /its minute cannot be read: that takes 0 to 59/
const HOUR = /its hour cannot be read: that takes 0 to 23/
const DAY = /its day of the month cannot be read: that takes 1 to 31.* L .* LW .* 15W/
const MONTH = /its month cannot be read: that takes 1 to 12 or JAN to DEC/
const WEEKDAY = /its day of the week cannot be read: that takes 0 to 7 or SUN to SAT.* 5L .* MON#2/
const NEVER = /never comes/
const NAME = /has a name that is none of @hourly, @daily/

describe('a schedule that is none', () => {
  it.each([
    ['', /is empty/],
    [' \t ', /is empty/],
    ['daily', COUNTS],
    ['every day at two', COUNTS],
    ['every day at two o clock', SECOND],
    ['0 2 * *', COUNTS],
    ['0 0 2 * * * 2026', COUNTS],
    ['0 0 2 * * * * * * *', COUNTS],
    ['2026-11-22T02:00:00', CHARACTERS],
    ['20261122', COUNTS],
    ['60 * * * * *', SECOND],
    ['61 * * * *', MINUTE],
    ['-1 * * * *', MINUTE],
    ['1.5 * * * *', CHARACTERS],
    ['1e1 * * * *', MINUTE],
    ['0x1 * * * *', MINUTE],
    ['*/0 * * * *', MINUTE],
    ['*/61 * * * *', MINUTE],
    ['*/* * * * *', MINUTE],
    ['0/10 * * * *', MINUTE],
    ['/10 * * * *', MINUTE],
    ['50-10 * * * *', MINUTE],
    ['1-2-3 * * * *', MINUTE],
    ['1, * * * *', MINUTE],
    ['1,,2 * * * *', MINUTE],
    ['*,5 * * * *', MINUTE],
    ['?,5 * * * *', MINUTE],
    ['** * * * *', MINUTE],
    ['H * * * *', MINUTE],
    ['L * * * *', MINUTE],
    ['0 24 * * *', HOUR],
    ['0 22-2 * * *', HOUR],
    ['0 2PM * * *', HOUR],
    ['0 0 0 * *', DAY],
    ['0 0 32 * *', DAY],
    ['0 0 W * *', DAY],
    ['0 0 1-5W * *', DAY],
    ['0 0 15W,20W * *', DAY],
    ['0 0 L-3 * *', DAY],
    ['0 0 1#2 * *', DAY],
    ['0 0 * 0 *', MONTH],
    ['0 0 * 13 *', MONTH],
    ['0 0 * JANUARY *', MONTH],
    ['0 0 * NOV-FEB *', MONTH],
    ['0 0 * * 8', WEEKDAY],
    ['0 0 * * MONDAY', WEEKDAY],
    ['0 0 * * FRI-MON', WEEKDAY],
    ['0 0 * * L', WEEKDAY],
    ['0 0 * * L5', WEEKDAY],
    ['0 0 * * 5#6', WEEKDAY],
    ['0 0 * * 5#L', WEEKDAY],
    ['0 0 * * #2', WEEKDAY],
    ['0 0 1 * +MON', CHARACTERS],
    ['0 0 31 2 *', NEVER],
    ['0 0 30,31 2 *', NEVER],
    ['0 0 31 4,6,9,11 *', NEVER],
    ['0 0 31W 2 *', NEVER],
    ['*/5 * 31 2 *', NEVER],
    ['0 2 * * *\n0 3 * * *', CHARACTERS],
    ['0 2\u0000 * * *', CHARACTERS],
    ['0 2 * * *\u001b[2J', CHARACTERS],
    ['0\u00a02 * * *', CHARACTERS],
    ['5️ * * * *', CHARACTERS],
    ['٥ * * * *', CHARACTERS],
    ['0 0 * * \u017fUN', CHARACTERS],
    ['\ud800 * * * *', CHARACTERS],
    [`\${BACKUP_SCHEDULE}`, CHARACTERS],
    ['0 2 * * *; rm -rf /', CHARACTERS],
    ['@reboot', /is not a time/],
    ['@every 5m', NAME],
    ['@secondly', NAME],
    ['@__proto__', CHARACTERS],
    ['@constructor', NAME],
    ['@', NAME],
    ['0 2 * * @daily', WEEKDAY],
  ])('%j is refused with the reason and an example', (text, reason) => {
    const { code, message, issues } = refusal(text)
    expect(code).toBe('invalid')
    expect(message).toMatch(reason)
    expect(message).toMatch(/^schedule: .*; an example: 0 2 \* \* \* is every day at 02:00$/)
    expect(issues).toEqual([{ path: 'schedule', message: message.slice('schedule: '.length) }])
  })

  it('is refused by its length, before anything reads it', () => {
    for (const text of [`0 ${'1,'.repeat(300)}1 * * *`, '1'.repeat(1e7), ' '.repeat(1e7), '@'.repeat(501)])
      expect(refusal(text).message).toMatch(/^schedule: is longer than 500 characters; an example/)
  })

  it('is not repeated, since a variable may have held it', () => {
    for (const text of ['hunter22 * * * *', 'hunter22', '@hunter22', '0 2 * * hunter22', 'hunter22!'])
      expect(refusal(text).message).not.toContain('hunter22')
  })

  it('is refused in a sentence whatever it is, and what is not refused has a time and words', () => {
    const sign = fc.constantFrom(...'0123456789 */,-?#@LWMONFEB'.split(''))
    const field = fc.oneof(
      fc.constant('*'),
      fc.integer({ min: 0, max: 70 }).map(String),
      fc.string({ unit: sign, minLength: 1, maxLength: 6 }),
      fc.constantFrom('L', 'LW', '15W', '5L', 'MON#2', 'FRIL', '1-5', '*/7', '2-9/3', 'JAN', 'SUN', '?'),
    )
    const texts = fc.oneof(
      fc.array(field, { minLength: 4, maxLength: 7 }).map((fields) => fields.join(' ')),
      fc.string({ unit: sign, maxLength: 30 }),
      fc.string({ unit: 'binary', maxLength: 30 }),
    )
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = attempt(() => parseSchedule(text, 'UTC'))
        if (parsed instanceof LedgerError) {
          expect(parsed.message).toMatch(/^schedule: .*; an example: /)
          return
        }
        expect(parsed.next('2026-11-22T00:00:00.000Z')).toMatch(/^\d{4}-\d\d-\d\dT/)
        expect(parsed.words).toMatch(/^[A-Z][^*?#/@]* \(UTC\)$/)
        expect(parsed.words).not.toMatch(/NaN|undefined|aN:/)
      }),
      { numRuns: 500 },
    )
  })
})

describe('a time zone that is none', () => {
  it.each([
    '',
    ' ',
    'Berlin',
    'Europe/Berln',
    'Europe/Berlin ',
    'Europe',
    'utc',
    'local',
    // Bangladesh to the library, British Summer Time to a reader.
    'BST',
    'IST',
    'PST',
    '+01:00',
    'UTC+1',
    '../etc/passwd',
    '/Europe/Berlin',
    'Europe/Berlin\u0000',
    'Европа/Берлин',
    `Europe/${'B'.repeat(99)}`,
  ])('%j is refused with an example', (zone) => {
    const { code, message, issues } = refusal('0 2 * * *', zone)
    expect(code).toBe('invalid')
    expect(message).toBe(
      'timeZone: is not the name of an IANA time zone that is known here; an example: Europe/Berlin, or UTC',
    )
    expect(issues).toMatchObject([{ path: 'timeZone' }])
  })

  it.each([
    'UTC',
    'Europe/Berlin',
    'America/Argentina/Buenos_Aires',
    'America/Port-au-Prince',
    'Etc/GMT-14',
    'US/Eastern',
    'Asia/Calcutta',
  ])('%s is one', (zone) => {
    expect(parseSchedule('0 2 * * *', zone).words).toBe(`At 02:00 (${zone})`)
  })
})
