import { LedgerError } from '../run/errors.ts'

/** The longest that S3 signs for. */
const MAX_SECONDS = 7 * 24 * 60 * 60

/** Throws `invalid` for how long no URL of any store is good. */
export function checkExpiry(seconds: number): void {
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_SECONDS) return
  throw new LedgerError('invalid', `a URL is good for 1 to ${MAX_SECONDS} seconds, not ${seconds}`)
}
