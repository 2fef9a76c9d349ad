import { ERROR_CODES, type ErrorCode, LedgerError } from '../run/errors.ts'

/** What answers without a problem of ours (a proxy, say) is told by its status; all the rest is `unavailable`. */
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
  const { code, status, detail, errors } = problem
  const known = ERROR_CODES.includes(code as ErrorCode)
    ? (code as ErrorCode)
    : (CODE_OF_STATUS[Number(status)] ?? 'unavailable')
  const retryAfter = Number(headers?.get('retry-after') ?? Number.NaN)
  return new LedgerError(known, String(detail), {
    issues: Array.isArray(errors) ? (errors as LedgerError['issues']) : [],
    ...(Number.isFinite(retryAfter) ? { retryAfterSeconds: retryAfter } : {}),
  })
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
