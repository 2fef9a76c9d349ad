import type { ErrorHandler } from 'hono'
import type { Ports } from '../ports/context.ts'
import { isLedgerError } from '../run/errors.ts'
import { requestIdOf, wordsOf } from './request-facts.ts'

/** Answers an error as `toResponse` has it. What is not ours, and a database that is away, is logged whole. */
export function answerError(
  openPorts: () => Promise<Ports>,
  toResponse: (error: unknown, requestId: string) => Response | Promise<Response>,
): ErrorHandler {
  return async (error, c) => {
    if (!isLedgerError(error) || error.code === 'unavailable')
      await openPorts().then(
        ({ log }) => log.error(error.message, { ...wordsOf(c), error }),
        () => {},
      )
    const response = await toResponse(error, requestIdOf(c))
    // Headers set on the way (request id, rate limits) belong to a failed answer, too.
    for (const [name, value] of response.headers) c.header(name, value)
    return c.body(await response.text(), response.status as 500)
  }
}
