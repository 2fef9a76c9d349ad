import { LedgerError } from '../run/errors.ts'
import { toMilliseconds } from './duration.ts'

/** An instant as `toFixedInstant` has it, or `2h` for two hours ago. Throws `invalid`. */
export function toInstant(text: string, now: Date): string {
  if (/^[\d.]+(ms|[smhd])/.test(text)) return new Date(now.getTime() - toMilliseconds(text)).toISOString()
  return parse(text, ', or 2h for two hours ago')
}

/** An instant as `toFixedInstant` has it, or `30d` for thirty days from now. Throws `invalid`. */
export function toInstantAhead(text: string, now: Date): string {
  if (/^[\d.]+(ms|[smhd])/.test(text)) return new Date(now.getTime() + toMilliseconds(text)).toISOString()
  return parse(text, ', or 30d for thirty days from now')
}

/** An instant as ISO text: `2026-11-21T10:30:00Z` (any offset) or `2026-11-21` (its midnight, UTC). Throws `invalid`. */
export function toFixedInstant(text: string): string {
  return parse(text, '')
}

function parse(text: string, alsoGood: string): string {
  const [, date = '', month] = /^(\d{4}-(\d{2})-\d{2})(?:T.+(?:Z|[+-]\d{2}:\d{2}))?$/.exec(text) ?? []
  const instant = new Date(text)
  if (date === '' || Number.isNaN(instant.getTime())) {
    const comma = alsoGood === '' ? ' or' : ','
    throw new LedgerError(
      'invalid',
      `${JSON.stringify(text)} is not an instant; write 2026-11-21T10:30:00Z${comma} 2026-11-21${alsoGood}`,
    )
  }
  // The 31st of February is taken for the 3rd of March.
  if (new Date(date).getUTCMonth() + 1 !== Number(month))
    throw new LedgerError('invalid', `${JSON.stringify(text)} is no day of the calendar`)
  return instant.toISOString()
}
