import type { Signer } from '../../../ports/signer.ts'
import { isLedgerError } from '../../../run/errors.ts'
import type { Layout } from '../layout.ts'
import { type Grant, readGrant } from '../signed-urls.ts'
import { answerGet } from './answer-get.ts'
import { answerPut } from './answer-put.ts'
import { Refusal } from './refusal.ts'

const METHODS: Record<Grant['verb'], string[]> = { get: ['GET', 'HEAD'], put: ['PUT'], part: ['PUT'] }

/**
 * Answers requests for signed URLs, with the statuses that S3 would answer: refusals are answers, too. Bodies go by in
 * pieces, however large they are. Throws where the disk fails.
 */
export function answerSigned(layout: Layout, signer: Signer): (request: Request) => Promise<Response> {
  return async (request) => {
    try {
      const grant = readGrant(signer, request.url)
      check(grant, request.method)
      return await (grant.verb === 'get'
        ? answerGet(layout, grant, request)
        : answerPut(layout, grant, request))
    } catch (error) {
      if (error instanceof Refusal) return error.toResponse()
      if (isLedgerError(error) && error.code === 'not_found')
        return new Refusal(404, error.message).toResponse()
      throw error
    }
  }
}

function check(grant: Grant | null, method: string): asserts grant is Grant {
  if (grant === null) throw new Refusal(403, 'this URL was not signed here, or was changed since')
  if (Date.now() >= grant.endsAt)
    throw new Refusal(
      403,
      `this URL has expired at ${new Date(grant.endsAt).toISOString()}: ask for a new one`,
    )
  const allowed = METHODS[grant.verb]
  if (!allowed.includes(method))
    throw new Refusal(405, `this URL takes ${allowed.join(', ')}, not ${method}`, {
      allow: allowed.join(', '),
    })
}
