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
  const { id = '', path = '', name = '', job = '', query = '', ...sent } = await make(app, projectId)
  const filled = route.path
    .replace('{id}', id)
    .replace('{path}', path)
    .replace('{name}', name)
    .replace('{job}', job)
  return { path: filled + query, sent }
}

type Maker = (
  app: TestApp,
  projectId: string,
) => Promise<{ id?: string; path?: string; name?: string; job?: string; query?: string } & Sent>

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
  searchLog: async (app, projectId) => ({
    id: (await enqueue(app, { projectId })).id,
    query: '?q=error',
  }),
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
  archiveRun: async (app, projectId) => ({ id: await endedWithFile(app, projectId, 'runs:write') }),
  restoreRun: async (app, projectId) => ({ id: await archivedRun(app, projectId, 'runs:write') }),
  getArchive: async (app, projectId) => ({ id: await archivedRun(app, projectId, 'runs:read') }),
  createWebhook: async () => ({ body: { url: 'https://example.com/hook', events: ['run.failed'] } }),
  listWebhooks: async () => ({}),
  getWebhook: async (app) => ({ id: await webhook(app) }),
  updateWebhook: async (app) => ({ id: await webhook(app), body: { description: 'ours' } }),
  deleteWebhook: async (app) => ({ id: await webhook(app) }),
  rotateWebhook: async (app) => ({ id: await webhook(app) }),
  testWebhook: async (app) => ({ id: await webhook(app) }),
  startBackup: async () => ({}),
  listBackups: async () => ({}),
  listAlerts: async () => ({ query: '?state=all' }),
  listDeliveries: async (app) => ({ id: await webhook(app) }),
  createCronJob: async () => ({ body: { ...CRON_JOB, name: unique('job') } }),
  listCronJobs: async () => ({}),
  validateSchedule: async () => ({ body: { schedule: '0 2 * * *' } }),
  syncCronJobs: async () => ({}),
  getCronJob: async (app) => ({ job: await cronJob(app) }),
  getCronJobSecret: async (app) => ({ job: await cronJob(app) }),
  updateCronJob: async (app) => ({ job: await cronJob(app), body: { description: 'ours' } }),
  deleteCronJob: async (app) => ({ job: await cronJob(app) }),
  enableCronJob: async (app) => ({ job: await cronJob(app) }),
  disableCronJob: async (app) => ({ job: await cronJob(app) }),
  triggerCronJob: async (app) => ({ job: await cronJob(app) }),
  listExecutionsOfCronJob: async (app) => ({ job: await cronJob(app) }),
  listCronExecutions: async () => ({}),
  getCronExecution: async (app) => ({ id: await cronExecution(app) }),
  cancelCronExecution: async (app) => ({ id: await cronExecution(app) }),
  getCronStats: async () => ({}),
  getCronSettings: async () => ({}),
  putCronSettings: async () => ({ body: { executionRetentionDays: 90 } }),
  listScripts: async (_, projectId) => ({ query: `?projectId=${projectId}` }),
  getScript: async (app, projectId) => {
    const { kind } = await enqueue(app, { projectId, kind: unique('script') })
    return { name: kind, query: `?projectId=${projectId}` }
  },
  putScript: async () => ({ name: unique('script'), body: { label: 'A script' } }),
  startSweep: async () => ({ body: { kind: 'stale', dryRun: true } }),
  listSweeps: async () => ({}),
  getSweep: async (app) => {
    const { json } = await app.request<{ id: string }>('POST', '/v1/sweeps', {
      body: { kind: 'stale', dryRun: true },
    })
    return { id: json.id }
  },
  getSweepLog: async (app) => {
    const { json } = await app.request<{ id: string }>('POST', '/v1/sweeps', {
      body: { kind: 'stale', dryRun: true },
    })
    return { id: json.id }
  },
  explainRetention: async (app, projectId) => ({ id: (await enqueue(app, { projectId })).id }),
  holdRun: async (app, projectId) => ({
    id: (await enqueue(app, { projectId })).id,
    body: { reason: 'ours' },
  }),
  releaseRun: async (app, projectId) => {
    const { id } = await enqueue(app, { projectId })
    await app.request('POST', `/v1/runs/${id}:hold`, { body: { reason: 'ours' } })
    return { id }
  },
  retainRun: async (app, projectId) => ({
    id: (await enqueue(app, { projectId })).id,
    body: { until: '2100-01-01T00:00:00.000Z', reason: 'ours' },
  }),
  deleteRun: async (app, projectId) => {
    const { id } = await enqueue(app, { projectId })
    await app.request('POST', `/v1/runs/${id}:cancel`)
    return { id, body: { reason: 'ours' } }
  },
  approveSweep: async (app) => ({ id: await heldSweep(app) }),
  listOrphans: async () => ({}),
  deleteOrphans: async () => ({ body: { keys: ['jobs/nobody'], reason: 'ours' } }),
  migrateFolders: async () => ({ body: { dryRun: true } }),
  getRetentionPolicies: async () => ({}),
  putRetentionPolicies: async () => ({ body: { rules: [{ state: 'failed', deleteAfterDays: 90 }] } }),
  planRetention: async () => ({ body: { at: '2100-01-01T00:00:00.000Z' } }),
  listAudit: async () => ({}),
  verifyAudit: async () => ({}),
  getStorage: async () => ({}),
  getMetrics: async () => ({}),
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

const CRON_JOB = { schedule: '0 2 * * *', action: { type: 'enqueue', kind: 'a.cron' } }

async function cronJob(app: TestApp): Promise<string> {
  const name = unique('job')
  await app.request('POST', '/v1/cron-jobs', { body: { ...CRON_JOB, name } })
  return name
}

async function cronExecution(app: TestApp): Promise<string> {
  const path = `/v1/cron-jobs/${await cronJob(app)}:trigger`
  return (await app.request<{ executionId: string }>('POST', path)).json.executionId
}

/** One that waits to be let through. */
async function heldSweep(app: TestApp): Promise<string> {
  const { json } = await app.request<{ id: string }>('POST', '/v1/sweeps', {
    body: { kind: 'delete', dryRun: true },
  })
  await app.raw(
    `UPDATE sweeps SET status = 'needs_approval', "dryRun" = false,
       policy = policy || jsonb_build_object('revision', coalesce((SELECT max(revision) FROM retention_policies), 0))
     WHERE id = '${json.id}'`,
  )
  return json.id
}

/** A run that has succeeded and left a file, made by the owner of this name: what is archived is theirs, and a key is named by its scopes. */
async function endedWithFile(app: TestApp, projectId: string, by: string): Promise<string> {
  const claimed = await held(app, projectId)
  await sendOutput(app, claimed, FILE)
  const { leaseToken, run } = claimed
  await app.request('POST', `/v1/runs/${run.id}:succeed`, { body: { leaseToken } })
  await app.raw(`UPDATE runs SET "createdBy" = '${by}' WHERE id = '${run.id}'`)
  return run.id
}

async function archivedRun(app: TestApp, projectId: string, by: string): Promise<string> {
  const id = await endedWithFile(app, projectId, by)
  await app.request('POST', `/v1/runs/${id}:archive`)
  return id
}

/** One that nothing is ever sent to: its URL has become one that is refused at once. */
async function webhook(app: TestApp): Promise<string> {
  const body = { url: 'https://example.com/hook', events: ['run.failed'] }
  const { json } = await app.request<{ id: string }>('POST', '/v1/webhooks', { body })
  await app.raw(`UPDATE webhooks SET url = 'http://127.0.0.1:9/' WHERE id = '${json.id}'`)
  return json.id
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
