import { ERROR_CODES, type ErrorCode, isLedgerError, LedgerError } from '../run/errors.ts'

/** What a newer server calls by a code that we do not know is told by its status; all the rest is `unavailable`. */
const CODE_OF_STATUS: Record<number, ErrorCode> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'invalid',
  409: 'conflict',
  413: 'too_large',
  415: 'invalid',
  422: 'invalid',
  429: 'limited',
}

/** A problem as the error the server's own verb threw: its code, its words, each fault, and how long to wait. */
export function fromProblem(problem: Record<string, unknown>, headers?: Headers): LedgerError {
  const { code, status, detail, errors, expectedOffset } = problem
  const known = ERROR_CODES.includes(code as ErrorCode)
    ? (code as ErrorCode)
    : (CODE_OF_STATUS[Number(status)] ?? 'unavailable')
  return new LedgerError(known, String(detail), {
    issues: Array.isArray(errors) ? (errors as LedgerError['issues']) : [],
    ...(typeof expectedOffset === 'number' ? { expectedOffset } : {}),
    ...retryAfterIn(headers),
  })
}

/** Whether a bad answer is a server's of ours: it has a code of ours, or a newer one's, or says where it is explained. */
export function isOurs({ code, type }: { code?: unknown; type?: unknown }): boolean {
  if (typeof code !== 'string') return false
  return ERROR_CODES.includes(code as ErrorCode) || (typeof type === 'string' && type.startsWith('/docs#'))
}

/**
 * The bad answer of something else: a proxy, a platform that starts anew. It says nothing of the ledger and may pass, so
 * it is `unavailable` whatever its status (429: `limited`), which the sentence tells.
 */
export function strangeAnswer(url: string, { status, headers }: Response): LedgerError {
  const moved = headers.has('location') ? `, and points to ${headers.get('location')}` : ''
  const code = status === 429 ? 'limited' : 'unavailable'
  const error = new LedgerError(code, `${url} answers ${status}${moved}`, retryAfterIn(headers))
  return Object.assign(error, { httpStatus: status })
}

/** Whether less at once may be taken, by the server or by a proxy before it. */
export function isTooLarge(error: unknown): boolean {
  return isLedgerError(error) && (error.code === 'too_large' || statusOf(error) === 413)
}

const statusOf = (error: LedgerError) => (error as { httpStatus?: unknown }).httpStatus

function retryAfterIn(headers: Headers | undefined): { retryAfterSeconds?: number } {
  const seconds = Number(headers?.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? { retryAfterSeconds: seconds } : {}
}

/** No answer at all: `unavailable`, with the reason that a person can do something about. */
export function unreachable(url: string, cause: Error): LedgerError {
  return new LedgerError('unavailable', `cannot reach ${url}: ${reasonOf(cause)}`, { cause })
}

function reasonOf(error: Error): string {
  const { name, code, message } = (error.cause ?? error) as { name?: string; code?: string; message?: string }
  if (name === 'TimeoutError') return 'no answer in time'
  return (typeof code === 'string' && code) || message || String(error)
}
