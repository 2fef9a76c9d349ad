import type { Context as HonoContext } from 'hono'
import { type ErrorCode, isLedgerError } from '../../../run/errors.ts'
import { sayNext, sayRefused } from '../session/cookies.ts'
import { duration } from './words.ts'

/** It is no longer as it was listed, or it cannot be done just now: the list is as good as it was. */
const SAID = new Set<ErrorCode>(['conflict', 'not_found', 'limited', 'unavailable'])

/** Does something to one of a list, and shows the list again with what it came to; also where it was refused, which it says. */
export async function actFromList(
  c: HonoContext,
  list: string,
  act: () => Promise<string>,
): Promise<Response> {
  try {
    sayNext(c, await act())
  } catch (error) {
    sayRefused(c, whyNot(error))
  }
  return c.redirect(list, 303)
}

function whyNot(error: unknown): string {
  if (!isLedgerError(error) || !SAID.has(error.code)) throw error
  const { message, retryAfterSeconds } = error
  const isSaid = retryAfterSeconds === undefined || message.includes('try again')
  return `Refused: ${message}${isSaid ? '' : `; try again in ${duration(retryAfterSeconds * 1_000)}`}`
}
