import { z } from 'zod'
import { Problem, toProblem } from '../../http/problem.ts'
import type { Call, RouteResponse } from '../../http/route.ts'
import type { Context } from '../../ports/context.ts'
import { jsonBytes } from '../../run/answer-size.ts'
import { isLedgerError, LedgerError } from '../../run/errors.ts'

/** The body as an object, to which a path's or a header's fields are added. Throws `invalid` for anything else. */
export function fieldsOf(body: unknown): Record<string, unknown> {
  if (body === undefined) return {}
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Record<string, unknown>
  throw new LedgerError('invalid', 'the body must be a JSON object')
}

/** What a verb about one thing is given: of the path and the body; what is in both is the path's. */
export const inputOf = <Input>({ params, body }: Call) => ({ ...fieldsOf(body), id: params.id }) as Input

/** The list of a batch's body. Throws `invalid` when there is none. */
export function batchItem(body: unknown, name: string): unknown[] {
  const items = fieldsOf(body)[name]
  if (Array.isArray(items)) return items
  throw new LedgerError('invalid', `${name}: must be a list`, {
    issues: [{ path: name, message: 'must be a list' }],
  })
}

/** The schema of a batch's answer: a status an item, with its result or its problem. */
export function batchItems(result: z.ZodRawShape) {
  const item = z.object({ status: z.number().int(), ...result, problem: Problem.optional() })
  return z.object({ data: z.array(item) })
}

const FAULTS_BYTES = 1_000_000

/** A batch's answer: an item's result, or its problem. Once 1 MB of faults is told, a problem has its `detail` alone. */
export function batchAnswer<T>(answers: (T | LedgerError)[], ctx: Context, toItem: (answer: T) => object) {
  let left = FAULTS_BYTES
  const data = answers.map((answer) => {
    if (!isLedgerError(answer)) return toItem(answer)
    const { errors = [], ...problem } = toProblem(answer, ctx.requestId)
    left -= jsonBytes(errors)
    const told = left < 0 || errors.length === 0 ? problem : { ...problem, errors }
    return { status: problem.status, problem: told }
  })
  return { data }
}

export const limitedResponse: RouteResponse = {
  description: 'Too many in this minute',
  headers: { 'Retry-After': 'Seconds', RateLimit: 'What is left', 'RateLimit-Policy': 'The limit' },
}

export const leaseLostResponse: RouteResponse = {
  description: '`lease_lost`: the run is no longer the caller’s; stop working on it',
}

/** Where the page after this one is, for its `Link` header. */
export function nextPage(url: string, cursor: string): string {
  const { pathname, searchParams } = new URL(url)
  searchParams.set('cursor', cursor)
  return `${pathname}?${searchParams}`
}
