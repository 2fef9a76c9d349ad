import { Identified, PlanAnswer, RetentionAnswer } from './answers.ts'
import type { Call } from './request.ts'
import { runPath } from './run-calls.ts'
import type { Verbs } from './verbs.ts'

type RetentionVerbs = Pick<
  Verbs,
  'planRetention' | 'explainRetention' | 'holdRun' | 'releaseRun' | 'retainRun'
>

/** What admins ask of what is kept for how long, and keep from it. */
export function retentionCalls(call: Call): RetentionVerbs {
  // To hold, release or retain twice comes to the same.
  const post = async (path: string, body: unknown) =>
    (await call<never>({ method: 'POST', path, body, repeatable: true }, Identified)).body
  return {
    planRetention: async (body) =>
      (await call<never>({ method: 'POST', path: '/v1/retention/plan', body, repeatable: true }, PlanAnswer))
        .body,
    explainRetention: async ({ id }) =>
      (
        await call<never>(
          { method: 'GET', path: `${runPath(id)}/retention`, repeatable: true },
          RetentionAnswer,
        )
      ).body,
    holdRun: ({ id, ...body }) => post(`${runPath(id)}:hold`, body),
    releaseRun: ({ id, ...body }) => post(`${runPath(id)}:release`, body),
    retainRun: ({ id, ...body }) => post(`${runPath(id)}:retain`, body),
  }
}
