import { z } from 'zod'
import { Instant } from '../run/instant.ts'

const RULE = 'must be a date (2026-11-22) or an instant (2026-11-22T10:30:00Z)'
const DAY_MS = 86_400_000
const LAST = '9999-12-31T23:59:59.999Z'

/** A day in UTC, or an instant; one without a zone is in UTC, too. */
const Day = z
  .union([z.iso.date(), z.iso.datetime({ offset: true, local: true })], RULE)
  .meta({ description: 'A date (UTC) or an instant', example: '2026-11-22' })

/** From that day, or from that instant, on. */
export const FromDay = Day.transform((text) => instantOf(text)).pipe(Instant)

/** Up to and with that day or instant, as the first instant that is no longer meant. */
export const ToDay = Day.transform((text) => {
  const after = Date.parse(instantOf(text)) + (isDate(text) ? DAY_MS : 1)
  const before = new Date(Math.min(after, Date.parse(LAST)))
  return before.toISOString()
}).pipe(Instant)

const isDate = (text: string) => text.length === 'YYYY-MM-DD'.length

function instantOf(text: string): string {
  if (isDate(text)) return `${text}T00:00:00.000Z`
  return /(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`
}

/** A query as it is meant: old clients send what they leave open as empty text. */
export function givenOf(query: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''))
}
