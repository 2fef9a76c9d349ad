import { z } from 'zod'
import { ERROR_CODES, type ErrorCode, type Issue, isLedgerError, type LedgerError } from '../run/errors.ts'

/** RFC 9457, with our code, the request's id and what was wrong where. */
export const Problem = z
  .object({
    type: z
      .string()
      .meta({ description: 'A URI that names the kind of problem', example: '/docs#not_found' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().meta({ description: 'What happened and what to do' }),
    code: z.enum([...ERROR_CODES, 'internal']),
    requestId: z.string(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'For invalid input: each fault and where it is, the first 20' }),
    expectedOffset: z
      .number()
      .int()
      .optional()
      .meta({ description: 'Of a chunk of a log that does not begin where the log ends: where that is' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' })
export type Problem = z.infer<typeof Problem>

/**
 * An error as a problem, its words cut to a length that fits an answer. What is not ours leaves as "internal error": its
 * message may carry SQL and values.
 */
export function toProblem(error: unknown, requestId: string): Problem {
  if (!isLedgerError(error))
    return {
      type: '/docs#internal',
      title: 'Internal error',
      status: 500,
      detail: `internal error; tell the operator the request id ${requestId}`,
      code: 'internal',
      requestId,
    }
  return {
    type: `/docs#${error.code}`,
    title: titleOf(error.code),
    status: statusOf(error),
    detail: shown(error.message, 500),
    code: error.code,
    requestId,
    ...(error.issues.length > 0 ? { errors: error.issues.slice(0, MAX_ERRORS).map(toFault) } : {}),
    ...(error.expectedOffset === undefined ? {} : { expectedOffset: error.expectedOffset }),
  }
}

const MAX_ERRORS = 20

const toFault = ({ path, message }: Issue) => ({ path: shown(path, 100), message: shown(message, 200) })

/** Text that may quote what was sent, at a length and in characters that do no harm. */
function shown(text: string, most: number): string {
  const cut = text.length > most ? `${text.slice(0, most - 1)}…` : text
  return cut.replaceAll(/\p{Cc}/gu, '\uFFFD').toWellFormed()
}

/** The problem as an answer of its own. */
export function problemResponse(error: unknown, requestId: string): Response {
  const problem = toProblem(error, requestId)
  const headers = new Headers({ 'content-type': 'application/problem+json' })
  if (isLedgerError(error) && error.retryAfterSeconds !== undefined)
    headers.set('retry-after', String(error.retryAfterSeconds))
  if (problem.status === 401) headers.set('www-authenticate', 'Bearer realm="runledger"')
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}

function statusOf(error: LedgerError): number {
  switch (error.code) {
    case 'not_found':
      return 404
    case 'invalid':
      return 422
    case 'conflict':
    case 'lease_lost':
    case 'needs_approval':
      return 409
    case 'unauthorized':
      return 401
    case 'forbidden':
      return 403
    case 'too_large':
      return 413
    case 'limited':
      return 429
    case 'unavailable':
      return 503
  }
}

function titleOf(code: ErrorCode): string {
  switch (code) {
    case 'not_found':
      return 'Not found'
    case 'invalid':
      return 'Invalid input'
    case 'conflict':
      return 'Conflict'
    case 'lease_lost':
      return 'Lease lost'
    case 'needs_approval':
      return 'Needs approval'
    case 'unauthorized':
      return 'Unauthorized'
    case 'forbidden':
      return 'Forbidden'
    case 'too_large':
      return 'Too large'
    case 'limited':
      return 'Too many requests'
    case 'unavailable':
      return 'Unavailable'
  }
}
