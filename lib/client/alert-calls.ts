import { AlertPage } from './answers.ts'
import type { Call } from './request.ts'
import type { Verbs } from './verbs.ts'

/** What admins ask of alerts. */
export function alertCalls(call: Call): Pick<Verbs, 'listAlerts'> {
  return {
    listAlerts: async (query) =>
      (await call<never>({ method: 'GET', path: '/v1/alerts', query, repeatable: true }, AlertPage)).body,
  }
}
