import type { Context as HonoContext } from 'hono'
import { type ErrorCode, isLedgerError } from '../../../run/errors.ts'
import { sayNext } from '../session/cookies.ts'

/** A run is no longer as it was listed. */
const STALE = new Set<ErrorCode>(['conflict', 'not_found'])

/** Does something to one of a list, and shows the list again with what it came to; also where it was refused, which it says. */
export async function actFromList(
  c: HonoContext,
  list: string,
  act: () => Promise<string>,
): Promise<Response> {
  sayNext(c, await act().catch(whyNot))
  return c.redirect(list, 303)
}

function whyNot(error: unknown): string {
  if (isLedgerError(error) && STALE.has(error.code)) return `Refused: ${error.message}`
  throw error
}
