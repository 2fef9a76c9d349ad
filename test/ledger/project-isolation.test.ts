import { Readable } from 'node:stream'
import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { appendLog } from '../../lib/ledger/logs/append-log.ts'
import { followLog } from '../../lib/ledger/logs/follow-log.ts'
import { readLog } from '../../lib/ledger/logs/read-log.ts'
import { searchLog } from '../../lib/ledger/logs/search-log.ts'
import { addOutput } from '../../lib/ledger/outputs/add-output.ts'
import { commitOutput } from '../../lib/ledger/outputs/commit-output.ts'
import { getOutput } from '../../lib/ledger/outputs/get-output.ts'
import { listOutputs } from '../../lib/ledger/outputs/list-outputs.ts'
import { openOutput } from '../../lib/ledger/outputs/open-output.ts'
import { putOutput } from '../../lib/ledger/outputs/put-output.ts'
import { tarOutputs } from '../../lib/ledger/outputs/tar-outputs.ts'
import { cancelRun } from '../../lib/ledger/runs/cancel-run.ts'
import { claimRuns } from '../../lib/ledger/runs/claim-runs.ts'
import { completeRuns, failRun, succeedRun } from '../../lib/ledger/runs/complete-runs.ts'
import { followRun } from '../../lib/ledger/runs/follow-run.ts'
import { getRun } from '../../lib/ledger/runs/get-run.ts'
import { heartbeatRun, heartbeatRuns } from '../../lib/ledger/runs/heartbeat-runs.ts'
import { toLeaseToken } from '../../lib/ledger/runs/lease-token.ts'
import { listRunEvents } from '../../lib/ledger/runs/list-run-events.ts'
import { retryRun } from '../../lib/ledger/runs/retry-run.ts'
import { sweepLost } from '../../lib/ledger/runs/sweep-lost.ts'
import type { Context } from '../../lib/ports/context.ts'
import { isLedgerError, type LedgerError } from '../../lib/run/errors.ts'
import { contextOf, ENGINES, useLedger } from '../support/open-ledger.ts'
import { enqueued, refusal, wholeOf, working } from './steps.ts'

const NEVER = new AbortController().signal
type Reach = (ctx: Context, id: string, leaseToken: string) => Promise<unknown>

/** Answers of a batch come as they are; thrown, they can be told like those of one. */
async function only(answers: Promise<(object | LedgerError)[]>): Promise<object> {
  const [answer] = await answers
  if (answer === undefined || isLedgerError(answer)) throw answer
  return answer
}

/** Every verb that is told of a run by its id or its lease. */
const REACHES: Record<string, Reach> = {
  getRun: (ctx, id) => getRun(ctx, { id }),
  readLog: (ctx, id) => readLog(ctx, { id }),
  searchLog: (ctx, id) => searchLog(ctx, { id, q: 'x' }),
  followLog: (ctx, id) => followLog(ctx, { id }, NEVER),
  appendLog: (ctx, id, leaseToken) => appendLog(ctx, { id, leaseToken, offset: 0, bytes: Buffer.from('x') }),
  addOutput: (ctx, id, leaseToken) => addOutput(ctx, { id, leaseToken, path: 'b', bytes: 1 }),
  commitOutput: (ctx, _, leaseToken) => commitOutput(ctx, { leaseToken, path: 'a' }),
  putOutput: (ctx, _, leaseToken) => putOutput(ctx, { leaseToken, path: 'a' }, Readable.from([])),
  listOutputs: (ctx, id) => listOutputs(ctx, { id }),
  getOutput: (ctx, id) => getOutput(ctx, { id, path: 'a' }),
  openOutput: async (ctx, id) => new Response((await openOutput(ctx, { id, path: 'a' })).body).blob(),
  tarOutputs: (ctx, id) => tarOutputs(ctx, { id }),
  listRunEvents: (ctx, id) => listRunEvents(ctx, { id }),
  followRun: (ctx, id) => followRun(ctx, { id }, NEVER),
  cancelRun: (ctx, id) => cancelRun(ctx, { id }),
  retryRun: (ctx, id) => retryRun(ctx, { id }),
  heartbeatRun: (ctx, _, leaseToken) => heartbeatRun(ctx, { leaseToken, progress: 50 }),
  heartbeatRuns: (ctx, _, leaseToken) => only(heartbeatRuns(ctx, [{ leaseToken }])),
  succeedRun: (ctx, _, leaseToken) => succeedRun(ctx, { leaseToken }),
  failRun: (ctx, _, leaseToken) => failRun(ctx, { leaseToken, error: 'no luck' }),
  completeRuns: (ctx, _, leaseToken) => only(completeRuns(ctx, [{ outcome: 'succeeded', leaseToken }])),
}

describe.each(ENGINES)('a key of a project on $name', (engine) => {
  const at = useLedger(engine)
  const stranger = () =>
    contextOf(at().ports, {
      name: 'stranger',
      scopes: ['runs:read', 'runs:write', 'runs:work'],
      projectId: at().tenant().projectId,
      limitKey: null,
    })

  it.each(Object.entries(REACHES))(
    '%s finds no run of another project, nor of the system',
    async (_, reach) => {
      const ledger = at()
      const tenant = ledger.tenant()
      const system = { ...tenant, person: ledger.as(), worker: ledger.as() }
      const running = [await working(tenant), await working(system)]
      const lost = [await working(tenant), await working(system)]
      const ended = [await working(tenant), await working(system)]
      for (const { leaseToken } of ended) await failRun(ledger.as(), { leaseToken, error: 'no luck' })
      await ledger.shift(
        lost.map(({ id }) => id),
        'leaseExpiresAt',
        -100,
      )
      await sweepLost(ledger.as())
      for (const { id, leaseToken } of [...running, ...lost, ...ended]) {
        const before = await wholeOf(ledger, id)
        const error = await refusal(reach(stranger(), id, leaseToken))
        expect(error).toMatchObject({ code: 'not_found', message: `there is no run ${id}` })
        expect(await wholeOf(ledger, id)).toEqual(before)
      }
    },
  )

  it.each(Object.entries(REACHES))('%s is told the same of a run there is none of', async (_, reach) => {
    const ledger = at()
    const id = ulid()
    const leaseToken = toLeaseToken(ledger.ports.signer, { id, fence: 1, leaseSeconds: 60 })
    const error = await refusal(reach(stranger(), id, leaseToken))
    expect(error).toMatchObject({ code: 'not_found', message: `there is no run ${id}` })
  })

  it('takes no run of another project, by whatever claimId', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const request = { workerId: 'w', claimId: 'the same', limit: 10 }
    await enqueued(tenant.person)
    await enqueued(tenant.person)
    expect(await claimRuns(tenant.worker, { ...request, limit: 1 })).toHaveLength(1)
    expect(await claimRuns(stranger(), request)).toEqual([])
    expect(await refusal(claimRuns(stranger(), { ...request, projectId: tenant.projectId }))).toMatchObject({
      code: 'forbidden',
    })
  })

  it.each(Object.entries(REACHES))('%s reaches a run of its own', async (name, reach) => {
    const ledger = at()
    const tenant = ledger.tenant()
    const scopes = ['runs:read', 'runs:write', 'runs:work'] as const
    const own = contextOf(ledger.ports, { ...tenant.person.actor, scopes })
    const { id, leaseToken } = await working(tenant)
    if (/Output$/.test(name)) await putOutput(own, { leaseToken, path: 'a' }, Readable.from([]))
    if (name === 'retryRun') await failRun(own, { leaseToken, error: 'no luck' })
    expect(await reach(own, id, leaseToken)).toBeTruthy()
  })
})
