import { toInstant } from './local-time.ts'

const DAY = /^[1-9]\d{3}-\d\d-\d\d$/
const DAY_MS = 86_400_000

/** When a day (`2026-11-22`) begins by a zone's clock; undefined for what is no day. */
export function startOfDay(zone: string, day: string): string | undefined {
  return DAY.test(day) ? (toInstant(day, zone) ?? undefined) : undefined
}

/** When it is over. */
export function endOfDay(zone: string, day: string): string | undefined {
  const at = Date.parse(`${day}T00:00:00.000Z`)
  if (!DAY.test(day) || Number.isNaN(at)) return undefined
  return startOfDay(zone, new Date(at + DAY_MS).toISOString().slice(0, 10))
}
