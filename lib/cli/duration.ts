import { LedgerError } from '../run/errors.ts'

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const YEARS = 100
const LONGEST_MS = YEARS * 365.25 * UNIT_MS.d

/** `90`, `90s`, `5m`, `1h30m`, `2d` in milliseconds; a bare number is seconds. Throws `invalid`, also past 100 years. */
export function toMilliseconds(text: string): number {
  const ms = parse(text)
  if (ms <= LONGEST_MS) return ms
  throw new LedgerError('invalid', `${JSON.stringify(text)} is longer than ${YEARS} years`)
}

function parse(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text)
    throw new LedgerError('invalid', `${JSON.stringify(text)} is not a duration; write 90s, 5m, 1h30m or 2d`)
  return parts.reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS],
    0,
  )
}
