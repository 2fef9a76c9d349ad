import { refuse } from './schedule-refusal.ts'

/** How far a clock is ahead of UTC at an instant, in milliseconds. */
export type OffsetAt = (instant: number) => number

/**
 * The clock of an IANA time zone. Throws `invalid` for a name that is none, and for an abbreviation (`BST`, `IST`): what is meant by
 * it depends on who reads it.
 */
export function readZone(timeZone: string): OffsetAt {
  const format = isZoneName(timeZone) ? formatOf(timeZone) : null
  if (format === null) throw refuse('timeZone', 'is not the name of an IANA time zone that is known here')
  return (instant) => toOffset(format.format(instant))
}

function isZoneName(text: string): boolean {
  return text === 'UTC' || /^[A-Za-z]\w*\/[\w+/-]+$/.test(text)
}

function formatOf(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** From text that ends in `GMT`, `GMT+05:30` or, for the time before there were zones, `GMT-00:01:15`. */
function toOffset(text: string): number {
  const [, sign, hours = 0, minutes = 0, seconds = 0] =
    /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text) ?? []
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000
  return sign === '-' ? -ms : ms
}
