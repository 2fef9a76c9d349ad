import { Identified, IdentifiedPage, MigratedAnswer } from './answers.ts'
import type { Call } from './request.ts'
import { runPath } from './run-calls.ts'
import type { Verbs } from './verbs.ts'

type DeletionVerbs = Pick<
  Verbs,
  'deleteRun' | 'startSweep' | 'listSweeps' | 'approveSweep' | 'migrateFolders'
>

/** A sweep is answered when it has ended, after four minutes at most. */
const SWEEP_MS = 285_000

/** What admins let go. */
export function deletionCalls(call: Call): DeletionVerbs {
  return {
    deleteRun: async ({ id, ...body }) =>
      (
        await call<never>(
          { method: 'POST', path: `${runPath(id)}:delete`, body, repeatable: false },
          Identified,
        )
      ).body,
    startSweep: async (body) =>
      (
        await call<never>(
          { method: 'POST', path: '/v1/sweeps', body, repeatable: false, waitMs: SWEEP_MS },
          Identified,
        )
      ).body,
    listSweeps: async (query) =>
      (await call<never>({ method: 'GET', path: '/v1/sweeps', query, repeatable: true }, IdentifiedPage))
        .body,
    approveSweep: async ({ id, ...body }) =>
      (
        await call<never>(
          { method: 'POST', path: `/v1/sweeps/${encodeURIComponent(id)}:approve`, body, repeatable: false },
          Identified,
        )
      ).body,
    migrateFolders: async (body) =>
      (
        await call<never>(
          { method: 'POST', path: '/v1/retention/migrate-folders', body, repeatable: true, waitMs: SWEEP_MS },
          MigratedAnswer,
        )
      ).body,
  }
}
