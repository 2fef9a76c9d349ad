import { z } from 'zod'
import { BATCH_BODY_BYTES, type Call, type Route } from '../../http/route.ts'
import { CancelRun, cancelRun } from '../../ledger/runs/cancel-run.ts'
import {
  type Enqueued,
  EnqueueItem,
  EnqueueRun,
  enqueueRun,
  enqueueRuns,
} from '../../ledger/runs/enqueue-run.ts'
import { getRun } from '../../ledger/runs/get-run.ts'
import { IdempotencyKey } from '../../ledger/runs/idempotency.ts'
import { ListRuns, listRuns } from '../../ledger/runs/list-runs.ts'
import { RetryRun, retryRun } from '../../ledger/runs/retry-run.ts'
import { GetStats, runStats } from '../../ledger/runs/run-stats.ts'
import { LedgerError } from '../../run/errors.ts'
import { LIMITS } from '../../run/limits.ts'
import { Run } from '../../run/run.ts'
import { RunBrief, toRunBrief } from '../../run/run-brief.ts'
import { RunStats } from '../../run/stats.ts'
import { batchAnswer, batchItem, batchItems, fieldsOf, limitedResponse, nextPage } from './shapes.ts'

const REPLAYED = { 'Idempotency-Replayed': '`true`: nothing was added, this is the first run' }

/** What people and services do with runs: put them in, read them, stop and retry them. */
export const runsRoutes: Route[] = [
  {
    method: 'post',
    path: '/v1/runs',
    operationId: 'enqueueRun',
    summary: 'Enqueue a run',
    description:
      'With an `Idempotency-Key`, the same key and body give the first run back; the same key and another body are refused.',
    tag: 'Runs',
    scope: 'runs:write',
    headers: z.object({ 'idempotency-key': IdempotencyKey.optional() }),
    body: EnqueueRun,
    responses: {
      201: { description: 'The run, queued', schema: Run, headers: { Location: 'Where the run is' } },
      200: { description: 'The first run of this key', schema: Run, headers: REPLAYED },
      429: limitedResponse,
    },
    async handler({ c, ctx, body }) {
      const fields = fieldsOf(body)
      if ('idempotencyKey' in fields)
        throw new LedgerError('invalid', 'idempotencyKey: send it as the header Idempotency-Key', {
          issues: [{ path: 'idempotencyKey', message: 'must be the header Idempotency-Key' }],
        })
      const key = c.req.header('idempotency-key')
      const item = { ...fields, ...(key === undefined ? {} : { idempotencyKey: key }) }
      const { run, replayed } = await enqueueRun(ctx, item as z.input<typeof EnqueueItem>)
      c.header('Location', `/v1/runs/${run.id}`)
      if (replayed) c.header('Idempotency-Replayed', 'true')
      return c.json(run, replayed ? 200 : 201)
    },
  },
  {
    method: 'post',
    path: '/v1/runs:batch',
    operationId: 'enqueueRuns',
    summary: `Enqueue up to ${LIMITS.enqueueBatch} runs`,
    description:
      'One answer an item, in order: the run without its texts (`GET /v1/runs/{id}` has them), or the problem that kept it out.',
    tag: 'Runs',
    scope: 'runs:write',
    body: z.object({ runs: z.array(EnqueueItem).min(1).max(LIMITS.enqueueBatch) }),
    bodyBytes: BATCH_BODY_BYTES,
    responses: {
      200: { description: 'An answer an item', schema: batchItems({ run: RunBrief.optional() }) },
      429: limitedResponse,
    },
    async handler({ c, ctx, body }) {
      const answers = await enqueueRuns(ctx, batchItem(body, 'runs'))
      const toItem = ({ run, replayed }: Enqueued) => ({ status: replayed ? 200 : 201, run: toRunBrief(run) })
      return c.json(batchAnswer(answers, ctx, toItem))
    },
  },
  {
    method: 'get',
    path: '/v1/runs',
    operationId: 'listRuns',
    summary: 'List runs',
    description:
      'Newest first. The next page is behind `Link: rel="next"`, and `nextCursor` names its place. ' +
      'A page of large runs holds fewer than `limit`: only a `nextCursor` of null says that no more follow.',
    tag: 'Runs',
    scope: 'runs:read',
    query: ListRuns,
    responses: {
      200: {
        description: 'A page of runs',
        schema: z.object({ data: z.array(Run), nextCursor: z.string().nullable() }),
        headers: { Link: 'The next page, `rel="next"`' },
      },
    },
    async handler({ c, ctx, query }) {
      const page = await listRuns(ctx, query as ListRuns)
      if (page.nextCursor) c.header('Link', `<${nextPage(c.req.url, page.nextCursor)}>; rel="next"`)
      return c.json(page)
    },
  },
  {
    method: 'get',
    path: '/v1/runs/{id}',
    operationId: 'getRun',
    summary: 'Read a run',
    tag: 'Runs',
    scope: 'runs:read',
    etag: true,
    responses: {
      200: { description: 'The run', schema: Run, headers: { ETag: 'Changes with the run' } },
      304: { description: 'Not changed since `If-None-Match`' },
    },
    handler: async ({ c, ctx, params }) => c.json(await getRun(ctx, { id: params.id as string })),
  },
  {
    method: 'post',
    path: '/v1/runs/{id}:cancel',
    operationId: 'cancelRun',
    summary: 'Cancel a run',
    description: 'A queued run is canceled at once; a running one is told at its next heartbeat.',
    tag: 'Runs',
    scope: 'runs:write',
    body: CancelRun.omit({ id: true }),
    bodyOptional: true,
    responses: {
      200: { description: 'The run: canceled, or asked to stop', schema: Run },
      409: { description: 'It has ended already' },
      429: limitedResponse,
    },
    handler: async ({ c, ctx, params, body }) =>
      c.json(await cancelRun(ctx, { ...fieldsOf(body), id: params.id as string })),
  },
  {
    method: 'post',
    path: '/v1/runs/{id}:retry',
    operationId: 'retryRun',
    summary: 'Retry a failed or canceled run',
    tag: 'Runs',
    scope: 'runs:write',
    body: RetryRun.omit({ id: true }),
    bodyOptional: true,
    responses: {
      200: { description: 'The run, queued again', schema: Run },
      409: { description: 'It is not failed or canceled, or its files are archived' },
      429: limitedResponse,
    },
    handler: async ({ c, ctx, params, body }) =>
      c.json(await retryRun(ctx, { ...fieldsOf(body), id: params.id as string })),
  },
  {
    method: 'get',
    path: '/v1/stats',
    operationId: 'getStats',
    summary: 'Counts, rates and the queue',
    tag: 'Runs',
    scope: 'runs:read',
    query: GetStats,
    responses: { 200: { description: 'Statistics', schema: RunStats } },
    handler: async ({ c, ctx, query }: Call) => c.json(await runStats(ctx, query as GetStats)),
  },
]
