import { Identified, IdentifiedPage as Page } from './answers.ts'
import type { Call } from './request.ts'
import type { Verbs } from './verbs.ts'

/** What admins do with keys. */
export function keyCalls(call: Call): Pick<Verbs, 'createKey' | 'listKeys' | 'rotateKey' | 'revokeKey'> {
  const post = async <T>(path: string, body?: unknown) =>
    (await call<T>({ method: 'POST', path, body, repeatable: false }, Identified)).body
  return {
    createKey: (input) => post('/v1/keys', input),
    listKeys: async (query) =>
      (await call<never>({ method: 'GET', path: '/v1/keys', query, repeatable: true }, Page)).body,
    rotateKey: ({ id }) => post(`/v1/keys/${encodeURIComponent(id)}:rotate`),
    revokeKey: ({ id }) => post(`/v1/keys/${encodeURIComponent(id)}:revoke`),
  }
}
