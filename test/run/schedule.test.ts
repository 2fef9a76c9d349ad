import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextTimes, parseSchedule } from '../../lib/run/schedule.ts'

const iso = (text: string) => new Date(text).toISOString()
const within = (schedule: string, zone: string, from: string, until: string) =>
  parseSchedule(schedule, zone).between(iso(from), iso(until), 100)

/** A clock that is changed: the month, a while around the change, and what comes in it, as that clock shows it. By hand. */
interface Change {
  zone: string
  month: string
  what: string
  from: string
  until: string
  times: Record<string, string[]>
}

const CHANGES: Change[] = [
  {
    zone: 'Europe/Berlin',
    month: '2026-03',
    what: '02:00 becomes 03:00 on the 29th',
    from: '28T12:00+01:00',
    until: '30T12:00+02:00',
    times: {
      '30 2 * * *': ['29T03:00+02:00', '30T02:30+02:00'],
      '0 2 * * *': ['29T03:00+02:00', '30T02:00+02:00'],
      '0 3 * * *': ['29T03:00+02:00', '30T03:00+02:00'],
      '59 1 * * *': ['29T01:59+01:00', '30T01:59+02:00'],
      '0,30 2 * * *': ['29T03:00+02:00', '30T02:00+02:00', '30T02:30+02:00'],
      '15 2,3 * * *': ['29T03:00+02:00', '29T03:15+02:00', '30T02:15+02:00', '30T03:15+02:00'],
      '30 15 2 * * *': ['29T03:00+02:00', '30T02:15:30+02:00'],
      '30 2 * * SUN': ['29T03:00+02:00'],
      '30 2 29 3 *': ['29T03:00+02:00'],
      '30 2 30 3 *': ['30T02:30+02:00'],
      '@daily': ['29T00:00+01:00', '30T00:00+02:00'],
      '0 */12 * * *': ['29T00:00+01:00', '29T12:00+02:00', '30T00:00+02:00', '30T12:00+02:00'],
      '*/20 2 * * *': [
        '29T03:00+02:00',
        '29T03:20+02:00',
        '29T03:40+02:00',
        '30T02:00+02:00',
        '30T02:20+02:00',
        '30T02:40+02:00',
      ],
    },
  },
  {
    zone: 'Europe/Berlin',
    month: '2026-03',
    what: '02:00 becomes 03:00, an hour around it',
    from: '29T00:45+01:00',
    until: '29T04:30+02:00',
    times: {
      '*/20 1-4 * * *': [
        '29T01:00+01:00',
        '29T01:20+01:00',
        '29T01:40+01:00',
        '29T03:00+02:00',
        '29T03:20+02:00',
        '29T03:40+02:00',
        '29T04:00+02:00',
        '29T04:20+02:00',
      ],
      '0 * * * *': ['29T01:00+01:00', '29T03:00+02:00', '29T04:00+02:00'],
      '@hourly': ['29T01:00+01:00', '29T03:00+02:00', '29T04:00+02:00'],
      '15 * * * *': ['29T01:15+01:00', '29T03:15+02:00', '29T04:15+02:00'],
      '0,45 * * * *': [
        '29T01:00+01:00',
        '29T01:45+01:00',
        '29T03:00+02:00',
        '29T03:45+02:00',
        '29T04:00+02:00',
      ],
      // Two hours after 00:00 and 00:30 by any other clock.
      '0 */2 * * *': ['29T03:00+02:00', '29T04:00+02:00'],
      '30 */2 * * *': ['29T03:30+02:00', '29T04:30+02:00'],
      '0 0-23 * * *': ['29T01:00+01:00', '29T03:00+02:00', '29T04:00+02:00'],
    },
  },
  {
    zone: 'Europe/Berlin',
    month: '2026-10',
    what: '03:00 becomes 02:00 on the 25th',
    from: '24T12:00+02:00',
    until: '26T03:00+01:00',
    times: {
      '30 2 * * *': ['25T02:30+02:00', '26T02:30+01:00'],
      '0 2 * * *': ['25T02:00+02:00', '26T02:00+01:00'],
      '0 3 * * *': ['25T03:00+01:00', '26T03:00+01:00'],
      '0,30 2 * * *': ['25T02:00+02:00', '25T02:30+02:00', '26T02:00+01:00', '26T02:30+01:00'],
      '0 1-3 25 10 *': ['25T01:00+02:00', '25T02:00+02:00', '25T03:00+01:00'],
      '30 15 2 25 * *': ['25T02:15:30+02:00'],
      '@daily': ['25T00:00+02:00', '26T00:00+01:00'],
      '*/20 2 25 * *': [
        '25T02:00+02:00',
        '25T02:20+02:00',
        '25T02:40+02:00',
        '25T02:00+01:00',
        '25T02:20+01:00',
        '25T02:40+01:00',
      ],
    },
  },
  {
    zone: 'Europe/Berlin',
    month: '2026-10',
    what: '03:00 becomes 02:00, an hour around it',
    from: '25T01:30+02:00',
    until: '25T04:00+01:00',
    times: {
      '*/30 * * * *': [
        '25T02:00+02:00',
        '25T02:30+02:00',
        '25T02:00+01:00',
        '25T02:30+01:00',
        '25T03:00+01:00',
        '25T03:30+01:00',
        '25T04:00+01:00',
      ],
      '0 * * * *': ['25T02:00+02:00', '25T02:00+01:00', '25T03:00+01:00', '25T04:00+01:00'],
      '15 0-23 * * *': ['25T02:15+02:00', '25T02:15+01:00', '25T03:15+01:00'],
      '0 */2 * * *': ['25T02:00+02:00', '25T02:00+01:00', '25T04:00+01:00'],
    },
  },
  {
    zone: 'America/New_York',
    month: '2026-03',
    what: '02:00 becomes 03:00 on the 8th',
    from: '08T00:30-05:00',
    until: '09T02:30-04:00',
    times: {
      '30 2 * * *': ['08T03:00-04:00', '09T02:30-04:00'],
      '30 1 * * *': ['08T01:30-05:00', '09T01:30-04:00'],
      '0 */6 * * *': ['08T06:00-04:00', '08T12:00-04:00', '08T18:00-04:00', '09T00:00-04:00'],
      '*/30 1-3 8 3 *': ['08T01:00-05:00', '08T01:30-05:00', '08T03:00-04:00', '08T03:30-04:00'],
    },
  },
  {
    zone: 'America/New_York',
    month: '2026-11',
    what: '02:00 becomes 01:00 on the 1st',
    from: '01T00:30-04:00',
    until: '02T01:30-05:00',
    times: {
      '30 1 * * *': ['01T01:30-04:00', '02T01:30-05:00'],
      '0 2 * * *': ['01T02:00-05:00'],
      '*/20 1 1 * *': [
        '01T01:00-04:00',
        '01T01:20-04:00',
        '01T01:40-04:00',
        '01T01:00-05:00',
        '01T01:20-05:00',
        '01T01:40-05:00',
      ],
    },
  },
  {
    zone: 'Australia/Lord_Howe',
    month: '2026-04',
    what: '02:00 becomes 01:30 on the 5th',
    from: '05T00:30+11:00',
    until: '05T02:30+10:30',
    times: {
      '45 1 * * *': ['05T01:45+11:00'],
      '0 2 * * *': ['05T02:00+10:30'],
      '*/20 1-2 * * *': [
        '05T01:00+11:00',
        '05T01:20+11:00',
        '05T01:40+11:00',
        '05T01:40+10:30',
        '05T02:00+10:30',
        '05T02:20+10:30',
      ],
      '0 * * * *': ['05T01:00+11:00', '05T02:00+10:30'],
      '*/10 2 * * *': ['05T02:00+10:30', '05T02:10+10:30', '05T02:20+10:30', '05T02:30+10:30'],
    },
  },
  {
    zone: 'Australia/Lord_Howe',
    month: '2026-10',
    what: '02:00 becomes 02:30 on the 4th',
    from: '04T00:30+10:30',
    until: '04T03:20+11:00',
    times: {
      '15 2 * * *': ['04T02:30+11:00'],
      '45 2 * * *': ['04T02:45+11:00'],
      // Those of 02:00 and 02:20 come by elapsed time, and the clock goes on with its own.
      '*/20 1-3 * * *': [
        '04T01:00+10:30',
        '04T01:20+10:30',
        '04T01:40+10:30',
        '04T02:30+11:00',
        '04T02:40+11:00',
        '04T02:50+11:00',
        '04T03:00+11:00',
        '04T03:20+11:00',
      ],
      '0 * * * *': ['04T01:00+10:30', '04T02:30+11:00', '04T03:00+11:00'],
    },
  },
  {
    zone: 'Antarctica/Troll',
    month: '2026-03',
    what: '01:00 becomes 03:00 on the 29th',
    from: '28T12:00+00:00',
    until: '30T12:00+02:00',
    times: {
      '30 1,2 * * *': ['29T03:00+02:00', '30T01:30+02:00', '30T02:30+02:00'],
      '30 */2 29 * *': [
        '29T00:30+00:00',
        '29T04:30+02:00',
        '29T06:30+02:00',
        '29T08:30+02:00',
        '29T10:30+02:00',
        '29T12:30+02:00',
        '29T14:30+02:00',
        '29T16:30+02:00',
        '29T18:30+02:00',
        '29T20:30+02:00',
        '29T22:30+02:00',
      ],
    },
  },
  {
    zone: 'Antarctica/Troll',
    month: '2026-10',
    what: '03:00 becomes 01:00 on the 25th',
    from: '25T00:30+02:00',
    until: '26T00:30+00:00',
    times: {
      '30 1,2 * * *': ['25T01:30+02:00', '25T02:30+02:00'],
      '45 */2 25 10 *': ['25T00:45+02:00', '25T02:45+02:00', '25T02:45+00:00'].concat(
        ['04', '06', '08', '10', '12', '14', '16', '18', '20', '22'].map((hour) => `25T${hour}:45+00:00`),
      ),
    },
  },
  {
    zone: 'Africa/Cairo',
    month: '2026-04',
    what: 'the 24th begins at 01:00',
    from: '23T12:00+02:00',
    until: '25T00:00+03:00',
    times: {
      '@daily': ['24T01:00+03:00', '25T00:00+03:00'],
      '0 0 24 * *': ['24T01:00+03:00'],
      '0 0 * * FRI': ['24T01:00+03:00'],
      '0 */6 * * *': [
        '23T18:00+02:00',
        '24T01:00+03:00',
        '24T06:00+03:00',
        '24T12:00+03:00',
        '24T18:00+03:00',
        '25T00:00+03:00',
      ],
    },
  },
  {
    zone: 'Africa/Cairo',
    month: '2026-10',
    what: 'the 29th has its last hour twice',
    from: '29T12:00+03:00',
    until: '30T12:00+02:00',
    times: {
      '30 23 * * *': ['29T23:30+03:00'],
      '@daily': ['30T00:00+02:00'],
      '*/30 23 * * *': ['29T23:00+03:00', '29T23:30+03:00', '29T23:00+02:00', '29T23:30+02:00'],
    },
  },
  {
    zone: 'America/Sao_Paulo',
    month: '2018-11',
    what: 'the 4th begins at 01:00',
    from: '03T12:00-03:00',
    until: '05T00:30-02:00',
    times: {
      '30 0 * * *': ['04T01:00-02:00', '05T00:30-02:00'],
      '0 0 * * SUN': ['04T01:00-02:00'],
    },
  },
  {
    zone: 'America/Sao_Paulo',
    month: '2018-02',
    what: 'the 17th has its last hour twice',
    from: '17T12:00-02:00',
    until: '18T12:00-03:00',
    times: { '0 0 * * *': ['18T00:00-03:00'], '59 23 * * *': ['17T23:59-02:00'] },
  },
  {
    zone: 'Pacific/Apia',
    month: '2011-12',
    what: 'there is no 30th',
    from: '29T11:00-10:00',
    until: '31T12:00+14:00',
    times: {
      '0 12 * * *': ['29T12:00-10:00', '31T00:00+14:00', '31T12:00+14:00'],
      '0 12 30 12 *': ['31T00:00+14:00'],
      '0 */6 * * *': [
        '29T12:00-10:00',
        '29T18:00-10:00',
        '31T00:00+14:00',
        '31T06:00+14:00',
        '31T12:00+14:00',
      ],
    },
  },
  {
    zone: 'Asia/Kolkata',
    month: '2026-03',
    what: 'the clock is never changed',
    from: '28T12:00+05:30',
    until: '30T02:30+05:30',
    times: {
      '30 2 * * *': ['29T02:30+05:30', '30T02:30+05:30'],
      '0 */12 * * *': ['29T00:00+05:30', '29T12:00+05:30', '30T00:00+05:30'],
    },
  },
]

describe.each(CHANGES)('in $zone, $month, where $what', ({ zone, month, from, until, times }) => {
  const at = (time: string) => iso(`${month}-${time}`)

  it.each(Object.entries(times))('%s comes at %s', (schedule, expected) => {
    expect(within(schedule, zone, at(from), at(until))).toEqual(expected.map(at))
  })

  it.each(Object.keys(times))('%s is the same from wherever it is asked', (schedule) => {
    const { next } = parseSchedule(schedule, zone)
    const [first, last] = [Date.parse(at(from)), Date.parse(at(until))]
    const all = within(schedule, zone, at(from), at(until))
    const instants = fc.integer({ min: first, max: last }).map((ms) => new Date(ms).toISOString())
    fc.assert(
      fc.property(fc.oneof(instants, fc.constantFrom(at(from), ...all)), (instant) => {
        const rest = all.filter((time) => time > instant)
        const [soonest = next(at(until))] = rest
        expect(next(instant)).toBe(soonest)
      }),
      { numRuns: 50 },
    )
  })
})

describe('the next time', () => {
  it('is after the instant, to the millisecond', () => {
    const { next } = parseSchedule('0 2 * * *', 'UTC')
    expect(next('2026-01-01T01:59:59.999Z')).toBe('2026-01-01T02:00:00.000Z')
    expect(next('2026-01-01T02:00:00.000Z')).toBe('2026-01-02T02:00:00.000Z')
    expect(next('2026-01-01T02:00:00.001Z')).toBe('2026-01-02T02:00:00.000Z')
    expect(next('2026-01-01T03:00:00.000+02:00')).toBe('2026-01-01T02:00:00.000Z')
  })

  it('is found however rare', () => {
    const rare = (text: string, after: string) => parseSchedule(text, 'Europe/Berlin').next(after)
    expect(rare('0 0 29 2 *', '2026-11-22T00:00:00Z')).toBe(iso('2028-02-29T00:00+01:00'))
    expect(rare('0 0 29 2 *', '2096-03-01T00:00:00Z')).toBe(iso('2104-02-29T00:00+01:00'))
    expect(rare('59 59 23 31 12 *', '2026-12-31T23:00:00Z')).toBe(iso('2027-12-31T23:59:59+01:00'))
    // February has a fifth Friday when it has 29 days and begins on one.
    expect(rare('0 0 * 2 FRI#5', '2026-11-22T00:00:00Z')).toBe(iso('2036-02-29T00:00+01:00'))
    expect(rare('*/5 0 29 2 *', '2096-03-01T00:00:00Z')).toBe(iso('2104-02-29T00:00+01:00'))
  })

  it('is none after the year 9999', () => {
    const { next, between } = parseSchedule('0 2 * * *', 'Pacific/Kiritimati')
    expect(next('9999-12-31T12:00:00.000Z')).toBeNull()
    expect(between('9999-12-31T12:00:00.000Z', '9999-12-31T23:59:59.999Z', 5)).toEqual([])
  })

  it('on either day where a day of the month and one of the week are given', () => {
    expect(within('0 0 13 * FRI', 'UTC', '2026-11-01T00:00Z', '2026-11-21T00:00Z')).toEqual(
      ['06', '13', '20'].map((day) => iso(`2026-11-${day}T00:00Z`)),
    )
    expect(within('0 0 12 * FRI', 'UTC', '2026-11-01T00:00Z', '2026-11-14T00:00Z')).toEqual(
      ['06', '12', '13'].map((day) => iso(`2026-11-${day}T00:00Z`)),
    )
  })

  it.each([
    ['0 0 L * *', ['01-31', '02-28', '03-31']],
    // The last of January is a Saturday, of February too, of May a Sunday.
    ['0 0 LW 1,2,5 *', ['01-30', '02-27', '05-29']],
    ['0 0 15W * *', ['01-15', '02-16', '03-16']],
    ['0 0 1W 2,3 *', ['02-02', '03-02']],
    ['0 0 * * 5L', ['01-30', '02-27', '03-27']],
    ['0 0 * * FRIL', ['01-30', '02-27', '03-27']],
    ['0 0 * * MON#2', ['01-12', '02-09', '03-09']],
    ['0 0 ? * mon', ['01-05', '01-12', '01-19']],
    ['0 0 1 jan-mar *', ['02-01', '03-01']],
    ['0 0 * * 7', ['01-04', '01-11', '01-18']],
    ['0 0 * * 5-7', ['01-02', '01-03', '01-04']],
  ])('of %s is on %s', (schedule, days) => {
    const times = nextTimes(parseSchedule(schedule, 'UTC'), '2026-01-01T00:00:00.000Z', days.length)
    expect(times).toEqual(days.map((day) => iso(`2026-${day}T00:00Z`)))
  })

  it('is by the clock of the zone', () => {
    const at2 = (zone: string) => parseSchedule('0 2 * * *', zone).next('2026-06-01T00:00:00.000Z')
    expect(at2('UTC')).toBe('2026-06-01T02:00:00.000Z')
    expect(at2('Europe/Berlin')).toBe('2026-06-02T00:00:00.000Z')
    expect(at2('Asia/Kathmandu')).toBe('2026-06-01T20:15:00.000Z')
    expect(at2('Pacific/Kiritimati')).toBe('2026-06-01T12:00:00.000Z')
    expect(at2('America/Los_Angeles')).toBe('2026-06-01T09:00:00.000Z')
    expect(at2('Etc/GMT+12')).toBe('2026-06-01T14:00:00.000Z')
  })
})

describe('the times between two instants', () => {
  const { between } = parseSchedule('0 * * * *', 'UTC')

  it('are after the first, and up to the second', () => {
    expect(between('2026-01-01T01:00:00.000Z', '2026-01-01T03:00:00.000Z', 10)).toEqual([
      '2026-01-01T02:00:00.000Z',
      '2026-01-01T03:00:00.000Z',
    ])
    expect(between('2026-01-01T01:00:00.000Z', '2026-01-01T01:59:59.999Z', 10)).toEqual([])
    expect(between('2026-01-01T03:00:00.000Z', '2026-01-01T01:00:00.000Z', 10)).toEqual([])
    expect(between('2026-01-01T01:00:00.000Z', '2026-01-01T03:00:00.000+01:00', 10)).toEqual([
      '2026-01-01T02:00:00.000Z',
    ])
  })

  it('are the oldest where there are more than wanted', () => {
    expect(between('2026-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z', 2)).toEqual([
      '2026-01-01T01:00:00.000Z',
      '2026-01-01T02:00:00.000Z',
    ])
    expect(between('2026-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z', 0)).toEqual([])
  })
})

describe('the words', () => {
  it.each([
    ['0 2 * * *', 'At 02:00 (UTC)'],
    ['@daily', 'At 00:00 (UTC)'],
    ['@Weekly', 'At 00:00, only on Sunday (UTC)'],
    ['*/20 * * * *', 'Every 20 minutes (UTC)'],
    ['0\t*/2  * * *', 'On the hour, every 2 hours (UTC)'],
    ['30 15 2 * * mon-fri', 'At 02:15:30, Monday through Friday (UTC)'],
    ['0 0 l * ?', 'At 00:00, on the last day of the month (UTC)'],
    ['0 0 * * mon#2', 'At 00:00, on the second Monday of the month (UTC)'],
  ])('of %j are %s', (schedule, words) => {
    expect(parseSchedule(schedule, 'UTC').words).toBe(words)
  })

  it('name the zone', () => {
    expect(parseSchedule('0 2 * * *', 'Europe/Berlin').words).toBe('At 02:00 (Europe/Berlin)')
  })
})
