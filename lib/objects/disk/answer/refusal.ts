import type { ErrorCode } from '../../../run/errors.ts'

const TITLES = {
  400: 'Bad request',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  411: 'Length required',
  412: 'Precondition failed',
  413: 'Too large',
  416: 'Range not satisfiable',
} as const

const CODES: Record<keyof typeof TITLES, ErrorCode> = {
  400: 'invalid',
  403: 'forbidden',
  404: 'not_found',
  405: 'invalid',
  411: 'invalid',
  412: 'conflict',
  413: 'too_large',
  416: 'invalid',
}

/** A request that is not done, with the status that S3 would answer. */
export class Refusal extends Error {
  readonly status: keyof typeof TITLES
  readonly headers: Record<string, string>

  constructor(status: keyof typeof TITLES, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }

  /** As a problem (RFC 9457); the face adds the request's id. */
  toResponse(): Response {
    const code = CODES[this.status]
    const problem = {
      type: `/docs#${code}`,
      title: TITLES[this.status],
      status: this.status,
      detail: this.message,
      code,
    }
    return new Response(JSON.stringify(problem), {
      status: this.status,
      headers: { 'content-type': 'application/problem+json', ...this.headers },
    })
  }
}
