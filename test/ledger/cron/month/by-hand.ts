/**
 * What comes on the days on which the clock is changed, written by hand: from local midnight to local midnight, in UTC. The month
 * has a change either way: New York and Berlin lose an hour, Sydney gets one back.
 */
export interface ChangeOfClock {
  zone: string
  /** From and up to, not including. */
  from: string
  to: string
  /** By schedule; `D` is the day on which it begins, `E` the next one, both in UTC. */
  times: Record<string, string>
}

export const CHANGES: ChangeOfClock[] = [
  {
    // At 02:00 EST (07:00 UTC) it is 03:00 EDT. The 8th of March, a Sunday.
    zone: 'America/New_York',
    from: '2026-03-08T05:00:00.000Z',
    to: '2026-03-09T04:00:00.000Z',
    times: {
      // 02:00 and 02:30 do not exist: both come at 03:00.
      '30 2 * * *': 'D07:00',
      '0 2 * * *': 'D07:00',
      '15 3 * * *': 'D07:15',
      '0,30 2-4 * * *': 'D07:00 D07:30 D08:00 D08:30',
      '45 23 * * *': 'E03:45',
      '0 6 * * SUN': 'D10:00',
      '0 9 * * MON-FRI': '',
      '0 0 1 * *': '',
      '0 12 1,15 * *': '',
      // By elapsed time: 02:00 comes an hour later on the clock.
      '0 */2 * * *': 'D05:00 D07:00 D08:00 D10:00 D12:00 D14:00 D16:00 D18:00 D20:00 D22:00 E00:00 E02:00',
      '*/20 1-3 * * *': 'D06:00 D06:20 D06:40 D07:00 D07:20 D07:40',
      '0 * * * *':
        'D05:00 D06:00 D07:00 D08:00 D09:00 D10:00 D11:00 D12:00 D13:00 D14:00 D15:00 D16:00 D17:00 D18:00 D19:00 D20:00 D21:00 D22:00 D23:00 E00:00 E01:00 E02:00 E03:00',
    },
  },
  {
    // At 02:00 CET (01:00 UTC) it is 03:00 CEST. The 29th of March, a Sunday.
    zone: 'Europe/Berlin',
    from: '2026-03-28T23:00:00.000Z',
    to: '2026-03-29T22:00:00.000Z',
    times: {
      '30 2 * * *': 'E01:00',
      '0 2 * * *': 'E01:00',
      '15 3 * * *': 'E01:15',
      '0,30 2-4 * * *': 'E01:00 E01:30 E02:00 E02:30',
      '45 23 * * *': 'E21:45',
      '0 6 * * SUN': 'E04:00',
      '0 30 6 * * *': 'E04:30',
      '0 9 * * MON-FRI': '',
      '0 0 1 * *': '',
      '0 12 1,15 * *': '',
      '0 */2 * * *': 'D23:00 E01:00 E02:00 E04:00 E06:00 E08:00 E10:00 E12:00 E14:00 E16:00 E18:00 E20:00',
      '*/20 1-3 * * *': 'E00:00 E00:20 E00:40 E01:00 E01:20 E01:40',
      '0 * * * *':
        'D23:00 E00:00 E01:00 E02:00 E03:00 E04:00 E05:00 E06:00 E07:00 E08:00 E09:00 E10:00 E11:00 E12:00 E13:00 E14:00 E15:00 E16:00 E17:00 E18:00 E19:00 E20:00 E21:00',
    },
  },
  {
    // At 03:00 AEDT (16:00 UTC) it is 02:00 AEST. The 5th of April, a Sunday.
    zone: 'Australia/Sydney',
    from: '2026-04-04T13:00:00.000Z',
    to: '2026-04-05T14:00:00.000Z',
    times: {
      // The hour from 02:00 comes twice: its fixed times come the first time.
      '30 2 * * *': 'D15:30',
      '0 2 * * *': 'D15:00',
      '15 3 * * *': 'D17:15',
      '0,30 2-4 * * *': 'D15:00 D15:30 D17:00 D17:30 D18:00 D18:30',
      '45 23 * * *': 'E13:45',
      '0 6 * * SUN': 'D20:00',
      '0 9 * * MON-FRI': '',
      '0 0 1 * *': '',
      '0 12 1,15 * *': '',
      // By elapsed time: they come each time.
      '0 */2 * * *':
        'D13:00 D15:00 D16:00 D18:00 D20:00 D22:00 E00:00 E02:00 E04:00 E06:00 E08:00 E10:00 E12:00',
      '*/20 1-3 * * *': 'D14:00 D14:20 D14:40 D15:00 D15:20 D15:40 D16:00 D16:20 D16:40 D17:00 D17:20 D17:40',
      '0 * * * *':
        'D13:00 D14:00 D15:00 D16:00 D17:00 D18:00 D19:00 D20:00 D21:00 D22:00 D23:00 E00:00 E01:00 E02:00 E03:00 E04:00 E05:00 E06:00 E07:00 E08:00 E09:00 E10:00 E11:00 E12:00 E13:00',
    },
  },
]

const DAY_MS = 86_400_000

/** The instants of a schedule on that day. Throws where nobody has written them down. */
export function timesByHand({ zone, from, times }: ChangeOfClock, schedule: string): string[] {
  const written = times[schedule]
  if (written === undefined) throw new Error(`nobody has written down ${schedule} in ${zone}`)
  const days = { D: from.slice(0, 10), E: new Date(Date.parse(from) + DAY_MS).toISOString().slice(0, 10) }
  return written
    .split(' ')
    .filter((time) => time !== '')
    .map((time) => `${days[time[0] as 'D' | 'E']}T${time.slice(1)}:00.000Z`)
}
