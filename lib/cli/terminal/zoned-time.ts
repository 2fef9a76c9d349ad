/** An instant by the clock of an IANA time zone: `2026-11-22T02:00:00+01:00`; null for a zone that is not known here. */
export function zonedInstant(instant: string, timeZone: string): string | null {
  const parts = partsOf(instant, timeZone)
  return parts && `${parts.date}T${parts.time}${parts.offset}`
}

/** The same for a person: `Sun 2026-11-22 02:00:00 +01:00`. */
export function zonedTime(instant: string, timeZone: string): string | null {
  const parts = partsOf(instant, timeZone)
  return parts && `${parts.weekday} ${parts.date} ${parts.time} ${parts.offset}`
}

function partsOf(instant: string, timeZone: string) {
  const clock = clockOf(timeZone)
  if (clock === null) return null
  const { weekday, year, month, day, hour, minute, second, timeZoneName } = Object.fromEntries(
    clock.formatToParts(new Date(instant)).map(({ type, value }) => [type, value]),
  ) as Record<Intl.DateTimeFormatPartTypes, string>
  return {
    weekday,
    date: `${year.padStart(4, '0')}-${month}-${day}`,
    time: `${hour}:${minute}:${second}`,
    offset: timeZoneName.slice('GMT'.length) || '+00:00',
  }
}

const clocks = new Map<string, Intl.DateTimeFormat | null>()

/** To make one takes longer than to ask it. */
function clockOf(timeZone: string): Intl.DateTimeFormat | null {
  const known = clocks.get(timeZone)
  const clock = known === undefined ? makeClock(timeZone) : known
  clocks.set(timeZone, clock)
  return clock
}

function makeClock(timeZone: string): Intl.DateTimeFormat | null {
  const two = '2-digit'
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      weekday: 'short',
      year: 'numeric',
      month: two,
      day: two,
      hour: two,
      minute: two,
      second: two,
      timeZoneName: 'longOffset',
    })
  } catch {
    return null
  }
}
