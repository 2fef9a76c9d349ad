import { ulid } from 'ulid'
import type { Route } from '../../../lib/http/route.ts'
import type { Claimed } from '../../../lib/ledger/runs/claim-runs.ts'
import { unique } from '../../support/make.ts'
import type { Sent, TestApp } from '../../support/open-app.ts'
import { sendOutput } from './output-steps.ts'
import { enqueue, startOne } from './steps.ts'

export interface ValidRequest {
  path: string
  sent: Sent
}

/** A request of each route that would do something, on things of this project: only who asks decides the answer. */
export async function validRequest(app: TestApp, route: Route, projectId: string): Promise<ValidRequest> {
  const make = MAKERS[route.operationId]
  if (make === undefined) throw new Error(`add a valid request of ${route.operationId}`)
  const { id = '', path = '', query = '', ...sent } = await make(app, projectId)
  return { path: route.path.replace('{id}', id).replace('{path}', path) + query, sent }
}

type Maker = (
  app: TestApp,
  projectId: string,
) => Promise<{ id?: string; path?: string; query?: string } & Sent>

const MAKERS: Record<string, Maker> = {
  enqueueRun: async (_, projectId) => ({ body: { kind: 'a', projectId } }),
  enqueueRuns: async (_, projectId) => ({ body: { runs: [{ kind: 'a', projectId }] } }),
  listRuns: async (_, projectId) => ({ query: `?projectId=${projectId}` }),
  getStats: async (_, projectId) => ({ query: `?projectId=${projectId}` }),
  getRun: async (app, projectId) => ({ id: (await enqueue(app, { projectId })).id }),
  listRunEvents: async (app, projectId) => ({ id: (await enqueue(app, { projectId })).id }),
  cancelRun: async (app, projectId) => ({ id: (await enqueue(app, { projectId })).id }),
  retryRun: async (app, projectId) => {
    const { id } = await enqueue(app, { projectId })
    await app.request('POST', `/v1/runs/${id}:cancel`)
    return { id }
  },
  startRun: async (_, projectId) => ({ body: { id: ulid(), kind: 'a', workerId: 'w', projectId } }),
  claimRuns: async (_, projectId) => ({ body: { workerId: 'w', projectId } }),
  heartbeatRun: async (app, projectId) => ofHeld(await held(app, projectId), {}),
  succeedRun: async (app, projectId) => ofHeld(await held(app, projectId), {}),
  failRun: async (app, projectId) => ofHeld(await held(app, projectId), { error: 'no' }),
  heartbeatRuns: async (app, projectId) => inBatch(await held(app, projectId), {}),
  completeRuns: async (app, projectId) => inBatch(await held(app, projectId), { outcome: 'succeeded' }),
  appendLog: async (app, projectId) => chunkOf(await held(app, projectId)),
  getLog: async (app, projectId) => ({ id: (await enqueue(app, { projectId })).id }),
  addOutput: async (app, projectId) => ofFile(await held(app, projectId), { bytes: 1 }),
  commitOutput: async (app, projectId) => {
    const claimed = await held(app, projectId)
    await sendOutput(app, claimed, FILE)
    return ofFile(claimed)
  },
  listOutputs: async (app, projectId) => ({ id: (await enqueue(app, { projectId })).id }),
  getOutput: async (app, projectId) => {
    const claimed = await held(app, projectId)
    await sendOutput(app, claimed, FILE)
    return { id: claimed.run.id, path: FILE }
  },
  createKey: async () => ({ body: { name: 'a', scopes: ['runs:read'] } }),
  listKeys: async () => ({}),
  rotateKey: async (app) => ({ id: (await app.makeKey({ scopes: ['runs:read'] })).id }),
  revokeKey: async (app) => ({ id: (await app.makeKey({ scopes: ['runs:read'] })).id }),
}

// Each in a kind of its own, so that what other tests of the project left in the queue is not claimed.
function held(app: TestApp, projectId: string): Promise<Claimed> {
  const kind = unique('held')
  return startOne(app, { projectId, kind }, { kinds: [kind] })
}

const ofHeld = ({ run, leaseToken }: Claimed, report: object) => ({
  id: run.id,
  body: { ...report, leaseToken },
})
const FILE = 'reports/a.csv'
const ofFile = ({ run, leaseToken }: Claimed, fields: object = {}) => ({
  id: run.id,
  body: { path: FILE, ...fields },
  headers: { 'lease-token': leaseToken },
})
const chunkOf = ({ run, leaseToken }: Claimed) => ({
  id: run.id,
  raw: 'a line\n',
  headers: { 'lease-token': leaseToken, 'log-offset': '0', 'content-type': 'text/plain' },
})
const inBatch = ({ leaseToken }: Claimed, report: object) => ({ body: { runs: [{ ...report, leaseToken }] } })
