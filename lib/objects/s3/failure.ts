import { type ErrorCode, LedgerError } from '../../run/errors.ts'
import { explain } from './explain.ts'

/** What a server answered instead of what was asked, or that it could not be reached: S3's own code with ours. */
export class S3Failure extends LedgerError {
  /** As S3 names it: `NoSuchKey`. For answers without a body, the name that S3 would have given. */
  readonly reason: string
  /** How often the server was asked. After the first time, it may have been done by an earlier request. */
  readonly attempts: number

  constructor(code: ErrorCode, message: string, reason: string, attempts: number, cause: unknown) {
    super(code, message, { cause })
    this.reason = reason
    this.attempts = attempts
  }
}

/** The value in place of a failure for one of these reasons; any other is thrown on. For `.catch()`. */
export function insteadOf<T>(reasons: string[], value: T): (error: unknown) => T {
  return (error) => {
    if (hasReason(error, ...reasons)) return value
    throw error
  }
}

export function hasReason(error: unknown, ...reasons: string[]): error is S3Failure {
  return error instanceof S3Failure && reasons.includes(error.reason)
}

/** What the client threw, as a failure that helps and gives nothing away; what is no failure of the server stays as it is. */
export function toFailure(error: unknown, place: string): unknown {
  if (!(error instanceof Error) || error instanceof LedgerError) return error
  const { name, message, code, $metadata } = error as Thrown
  if (!$metadata) return error
  const status = $metadata.httpStatusCode ?? 0
  const reason = NAMELESS.has(name) ? (REASON_OF_STATUS[status] ?? code ?? name) : name
  const [ours, sentence] = explain(reason, status)
  // The client's own error holds whole requests and answers; what S3 said in words is enough.
  const cause = new Error(`${reason}${status ? ` (${status})` : ''}: ${message.split('\n', 1)[0]}`)
  return new S3Failure(ours, `the store (${place}) ${sentence}`, reason, $metadata.attempts ?? 1, cause)
}

interface Thrown extends Error {
  code?: string
  $metadata?: { httpStatusCode?: number; attempts?: number }
}

/** What the client calls an answer that names no error: every one to a HEAD. */
const NAMELESS = new Set(['Unknown', 'UnknownError', 'Error', 'TimeoutError'])
const REASON_OF_STATUS: Record<number, string> = {
  301: 'PermanentRedirect',
  403: 'AccessDenied',
  404: 'NotFound',
  412: 'PreconditionFailed',
  416: 'InvalidRange',
}
