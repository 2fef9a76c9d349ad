import type { Claimed } from '../ledger/runs/claim-runs.ts'
import type { Heartbeat } from '../ledger/runs/heartbeat-runs.ts'
import type { Started as StartedRun } from '../ledger/runs/start-run.ts'
import type { RunBrief } from '../run/run-brief.ts'
import { type BatchItem, batchOf, ClaimedRuns, fromItem, onlyOf, Started } from './answers.ts'
import type { Call } from './request.ts'
import type { Verbs } from './verbs.ts'

type WorkVerbs = Pick<
  Verbs,
  'startRun' | 'claimRuns' | 'heartbeatRun' | 'heartbeatRuns' | 'succeedRun' | 'failRun' | 'completeRuns'
>

/** What workers do with runs. */
export function workCalls(call: Call): WorkVerbs {
  const heartbeatRuns: Verbs['heartbeatRuns'] = async (runs) => {
    const items = await batch<Heartbeat>(call, '/v1/runs:heartbeat', runs)
    return items.map((item) =>
      fromItem(item, ({ id, leaseExpiresAt, cancelRequested }) => ({ id, leaseExpiresAt, cancelRequested })),
    )
  }
  const completeRuns: Verbs['completeRuns'] = async (runs) => {
    const items = await batch<{ run: RunBrief }>(call, '/v1/runs:complete', runs)
    // A batch does not say which of its completions had been accepted before.
    return items.map((item) => fromItem(item, ({ run }) => ({ run, replayed: false })))
  }
  return {
    heartbeatRuns,
    completeRuns,
    async startRun(body) {
      const answer = await call<Omit<StartedRun, 'replayed'>>(
        { method: 'POST', path: '/v1/runs:start', body, repeatable: true },
        Started,
      )
      return { ...answer.body, replayed: answer.headers.has('idempotency-replayed') }
    },
    async claimRuns(body, signal) {
      const { claimId, waitSeconds = 0 } = body
      const answer = await call<{ data: Claimed[] }>(
        {
          method: 'POST',
          path: '/v1/runs:claim',
          body,
          signal,
          waitMs: waitSeconds * 1_000,
          repeatable: claimId !== undefined,
        },
        ClaimedRuns,
      )
      return answer.body.data
    },
    // A batch of one: its token names the run, so the same call serves whichever run it is.
    heartbeatRun: async (input) => onlyOf(await heartbeatRuns([input])),
    succeedRun: async (input) => onlyOf(await completeRuns([{ ...input, outcome: 'succeeded' }])),
    failRun: async (input) => onlyOf(await completeRuns([{ ...input, outcome: 'failed' }])),
  }
}

async function batch<T>(call: Call, path: string, runs: unknown[]): Promise<BatchItem<T>[]> {
  const { body } = await call<{ data: BatchItem<T>[] }>(
    { method: 'POST', path, body: { runs }, repeatable: true },
    batchOf(runs.length),
  )
  return body.data
}
