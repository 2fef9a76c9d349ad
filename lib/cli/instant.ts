import { LedgerError } from '../run/errors.ts'
import { toMilliseconds } from './duration.ts'

/** An instant as ISO text: `2026-11-21T10:30:00Z` (any offset), `2026-11-21` (its midnight, UTC), or `2h` for two hours ago. Throws `invalid`. */
export function toInstant(text: string, now: Date): string {
  if (/^\d{4}-\d{2}-\d{2}(T.+(Z|[+-]\d{2}:\d{2}))?$/.test(text) && !Number.isNaN(Date.parse(text)))
    return new Date(text).toISOString()
  if (/^[\d.]+(ms|[smhd])/.test(text)) return new Date(now.getTime() - toMilliseconds(text)).toISOString()
  throw new LedgerError(
    'invalid',
    `${JSON.stringify(text)} is not an instant; write 2026-11-21T10:30:00Z, 2026-11-21, or 2h for two hours ago`,
  )
}
