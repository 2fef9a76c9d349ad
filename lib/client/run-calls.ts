import type { z } from 'zod'
import { LedgerError } from '../run/errors.ts'
import type { Run } from '../run/run.ts'
import type { RunBrief } from '../run/run-brief.ts'
import { type BatchItem, batchOf, EventPage, fromItem, Identified, IdentifiedPage, Stats } from './answers.ts'
import type { Call } from './request.ts'
import type { Verbs } from './verbs.ts'

type RunVerbs = Pick<
  Verbs,
  | 'enqueueRun'
  | 'enqueueRuns'
  | 'cancelRun'
  | 'retryRun'
  | 'getRun'
  | 'listRuns'
  | 'listRunEvents'
  | 'runStats'
>

/** What people and services do with runs. */
export function runCalls(call: Call): RunVerbs {
  const post = <T>(path: string, body: unknown, repeatable: boolean) =>
    call<T>({ method: 'POST', path, body, repeatable }, Identified)
  const get = async <T>(path: string, query: object | undefined, shape: z.ZodType) =>
    (await call<T>({ method: 'GET', path, query, repeatable: true }, shape)).body
  const enqueueRuns = enqueueBatch(call)
  return {
    enqueueRuns,
    async enqueueRun({ idempotencyKey, ...body }) {
      refuseKey(idempotencyKey)
      const headers: Record<string, string> =
        idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }
      const repeatable = idempotencyKey !== undefined
      const answer = await call<Run>(
        { method: 'POST', path: '/v1/runs', body, headers, repeatable },
        Identified,
      )
      return { run: answer.body, replayed: answer.headers.has('idempotency-replayed') }
    },
    cancelRun: async ({ id, ...body }) => (await post<Run>(`${runPath(id)}:cancel`, body, true)).body,
    retryRun: async ({ id, ...body }) => (await post<Run>(`${runPath(id)}:retry`, body, false)).body,
    getRun: ({ id }) => get(runPath(id), undefined, Identified),
    listRuns: async (input) => get('/v1/runs', toQuery(input), IdentifiedPage),
    listRunEvents: ({ id, ...query }) => get(`${runPath(id)}/events`, query, EventPage),
    runStats: async (input) => get('/v1/stats', toQuery(input), Stats),
  }
}

/** Where a run is. */
export const runPath = (id: string) => `/v1/runs/${encodeURIComponent(String(id).toWellFormed())}`

function enqueueBatch(call: Call): Verbs['enqueueRuns'] {
  return async (runs) => {
    const repeatable = runs.every((run) => Object(run).idempotencyKey !== undefined)
    const { body } = await call<{ data: BatchItem<{ run: RunBrief }>[] }>(
      { method: 'POST', path: '/v1/runs:batch', body: { runs }, repeatable },
      batchOf(runs.length),
    )
    return body.data.map((item) => fromItem(item, ({ run, status }) => ({ run, replayed: status === 200 })))
  }
}

/** A query has no null: the runs of no project are those of `-`. */
function toQuery<T extends { projectId?: string | null | undefined }>(input: T | undefined): T | undefined {
  return input?.projectId === null ? { ...input, projectId: '-' } : input
}

/** A header loses what stands at its ends, and takes no more than printable ASCII. */
function refuseKey(key: string | undefined): void {
  if (key === undefined || /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(key)) return
  const message = 'must be printable ASCII, without a space at either end'
  throw new LedgerError('invalid', `idempotencyKey: ${message}`, {
    issues: [{ path: 'idempotencyKey', message }],
  })
}
