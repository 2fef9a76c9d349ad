import type { Reader } from '../reader.ts'

const formats = new Map<string, Intl.DateTimeFormat>()

/** What a `datetime-local` field holds, by the reader's clock, as an instant; what is none as it is, for whoever parses it to refuse. */
export const instantOf = ({ zone }: Reader, text: string): string => toInstant(text, zone) ?? text

/** What a clock of the zone shows at an instant, as such a field has it: `2026-11-22T13:24`. */
export function toLocal(at: string, zone: string): string {
  return shown(Date.parse(at), zone).slice(0, 16)
}

/** The instant at which a clock of the zone shows that, or a day begins; an instant stays as it is. Null for what is none. */
export function toInstant(text: string, zone: string): string | null {
  const isWhole = /(Z|[+-]\d\d:\d\d)$/.test(text)
  const utc = Date.parse(isWhole ? text : `${text}${text.length <= 10 ? 'T00:00' : ''}Z`)
  if (Number.isNaN(utc) || Math.abs(utc) > MOST_MS) return null
  if (isWhole) return new Date(utc).toISOString()
  // By the offset there, which may be another than here.
  const near = utc - aheadAt(utc, zone)
  return new Date(utc - aheadAt(near, zone)).toISOString()
}

/** Up to the year 9999. */
const MOST_MS = 253_402_300_799_999

/** How far the clock is ahead of UTC, in ms. */
const aheadAt = (ms: number, zone: string) =>
  Date.parse(`${shown(ms, zone)}Z`) - Math.floor(ms / 1_000) * 1_000

function shown(ms: number, timeZone: string): string {
  const known = formats.get(timeZone)
  const made =
    known ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
  formats.set(timeZone, made)
  return made.format(ms).replace(' ', 'T')
}
