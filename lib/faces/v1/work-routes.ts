import { z } from 'zod'
import { BATCH_BODY_BYTES, type Route } from '../../http/route.ts'
import { ClaimRuns, claimRuns } from '../../ledger/runs/claim-runs.ts'
import { completeRuns, failRun, succeedRun } from '../../ledger/runs/complete-runs.ts'
import { CompleteRun, FailRun, SucceedRun } from '../../ledger/runs/completion.ts'
import { HeartbeatRun, heartbeatRun, heartbeatRuns } from '../../ledger/runs/heartbeat-runs.ts'
import { StartRun, startRun } from '../../ledger/runs/start-run.ts'
import { RunId } from '../../run/ids.ts'
import { LIMITS } from '../../run/limits.ts'
import { Run } from '../../run/run.ts'
import { RunBrief } from '../../run/run-brief.ts'
import { batchAnswer, batchItem, batchItems, fieldsOf, leaseLostResponse } from './shapes.ts'

const leaseToken = z.string().meta({ description: 'To be echoed with every report' })
const Heartbeat = z.object({ id: RunId, leaseExpiresAt: z.iso.datetime(), cancelRequested: z.boolean() })
const REPLAYED = { 'Idempotency-Replayed': '`true`: this had been done before' }

/** What workers do with runs: start or claim them, keep them alive, end them. */
export const workRoutes: Route[] = [
  {
    method: 'post',
    path: '/v1/runs:start',
    operationId: 'startRun',
    summary: 'Record a run that is running',
    description:
      'Past the queue: no worker can ever take it. Sent again with the same `id` it is started once.',
    tag: 'Work',
    scope: 'runs:work',
    body: StartRun,
    responses: {
      201: { description: 'The run and its lease', schema: z.object({ run: Run, leaseToken }) },
      200: {
        description: 'The run as started before',
        schema: z.object({ run: Run, leaseToken }),
        headers: REPLAYED,
      },
      409: { description: 'The id belongs to another run' },
    },
    async handler({ c, ctx, body }) {
      const { replayed, ...started } = await startRun(ctx, fieldsOf(body) as StartRun)
      if (replayed) c.header('Idempotency-Replayed', 'true')
      return c.json(started, replayed ? 200 : 201)
    },
  },
  {
    method: 'post',
    path: '/v1/runs:claim',
    operationId: 'claimRuns',
    summary: 'Take due runs',
    description: 'Highest priority first, then oldest. With `waitSeconds` the answer waits for work.',
    tag: 'Work',
    scope: 'runs:work',
    body: ClaimRuns,
    responses: {
      200: {
        description: 'The runs taken; none is an empty list',
        schema: z.object({
          data: z.array(z.object({ run: Run, leaseToken, leaseExpiresAt: z.iso.datetime().nullable() })),
        }),
      },
    },
    handler: async ({ c, ctx, body }) =>
      c.json({ data: await claimRuns(ctx, fieldsOf(body) as ClaimRuns, c.req.raw.signal) }),
  },
  {
    method: 'post',
    path: '/v1/runs/{id}:heartbeat',
    operationId: 'heartbeatRun',
    summary: 'Extend a lease, report progress',
    tag: 'Work',
    scope: 'runs:work',
    body: HeartbeatRun.omit({ id: true }),
    responses: {
      200: { description: 'Until when the run is held, and whether it should stop', schema: Heartbeat },
      409: leaseLostResponse,
    },
    handler: async ({ c, ctx, params, body }) =>
      c.json(await heartbeatRun(ctx, { ...fieldsOf(body), id: params.id } as HeartbeatRun)),
  },
  {
    method: 'post',
    path: '/v1/runs/{id}:succeed',
    operationId: 'succeedRun',
    summary: 'End a run as succeeded',
    description: 'Repeated, it answers what it answered.',
    tag: 'Work',
    scope: 'runs:work',
    body: SucceedRun.omit({ id: true }),
    responses: { 200: { description: 'The run', schema: Run, headers: REPLAYED }, 409: leaseLostResponse },
    handler: completing(succeedRun),
  },
  {
    method: 'post',
    path: '/v1/runs/{id}:fail',
    operationId: 'failRun',
    summary: 'End an attempt as failed',
    description:
      'Queued again with backoff while attempts are left, canceled where a cancel was asked for, else failed. ' +
      '`{"error": "released", "retryable": true}` gives the run back and costs no attempt.',
    tag: 'Work',
    scope: 'runs:work',
    body: FailRun.omit({ id: true }),
    responses: { 200: { description: 'The run', schema: Run, headers: REPLAYED }, 409: leaseLostResponse },
    handler: completing(failRun),
  },
  {
    method: 'post',
    path: '/v1/runs:heartbeat',
    operationId: 'heartbeatRuns',
    summary: `Heartbeats of up to ${LIMITS.reportBatch} runs`,
    tag: 'Work',
    scope: 'runs:work',
    body: z.object({ runs: z.array(HeartbeatRun).min(1).max(LIMITS.reportBatch) }),
    bodyBytes: BATCH_BODY_BYTES,
    responses: { 200: { description: 'An answer an item', schema: batchItems(Heartbeat.partial().shape) } },
    async handler({ c, ctx, body }) {
      const answers = await heartbeatRuns(ctx, batchItem(body, 'runs'))
      return c.json(batchAnswer(answers, ctx, (beat) => ({ status: 200, ...beat })))
    },
  },
  {
    method: 'post',
    path: '/v1/runs:complete',
    operationId: 'completeRuns',
    summary: `Completions of up to ${LIMITS.reportBatch} runs`,
    description: 'One answer an item, in order: the run without its texts, or the problem.',
    tag: 'Work',
    scope: 'runs:work',
    body: z.object({ runs: z.array(CompleteRun).min(1).max(LIMITS.reportBatch) }),
    bodyBytes: BATCH_BODY_BYTES,
    responses: {
      200: { description: 'An answer an item', schema: batchItems({ run: RunBrief.optional() }) },
    },
    async handler({ c, ctx, body }) {
      const answers = await completeRuns(ctx, batchItem(body, 'runs'))
      return c.json(batchAnswer(answers, ctx, ({ run }) => ({ status: 200, run })))
    },
  },
]

/** Ends the run of the path by this verb. */
function completing(complete: typeof succeedRun | typeof failRun): Route['handler'] {
  return async ({ c, ctx, params, body }) => {
    const { run, replayed } = await complete(ctx, { ...fieldsOf(body), id: params.id } as SucceedRun &
      FailRun)
    if (replayed) c.header('Idempotency-Replayed', 'true')
    return c.json(run)
  }
}
