import { z } from 'zod'
import type { Route } from '../../http/route.ts'
import {
  CancelCronExecution,
  cancelCronExecution,
  getCronExecution,
  ListCronExecutions,
  listCronExecutions,
} from '../../ledger/cron/cron-executions.ts'
import {
  getCronSettings,
  PutCronSettings,
  putCronSettings,
  ShownCronSettings,
} from '../../ledger/cron/cron-settings.ts'
import { CronStats, cronStats, GetCronStats } from '../../ledger/cron/cron-stats.ts'
import { CronJobRef } from '../../ledger/cron/job-input.ts'
import { CronExecution } from '../../run/cron-execution.ts'
import { fieldsOf } from './shapes.ts'

const ADMIN = { tag: 'Cron', scope: 'admin' } as const
const PAGE = {
  200: {
    description: 'A page of executions, newest first',
    schema: z.object({ data: z.array(CronExecution), nextCursor: z.string().nullable() }),
  },
}
const OfJob = ListCronExecutions.omit({ job: true })
const Canceling = CancelCronExecution.omit({ id: true })

/** What came of cron jobs, and what all of them have in common; for admins. */
export const cronExecutionsRoutes: Route[] = [
  {
    ...ADMIN,
    method: 'get',
    path: '/v1/cron-jobs/{job}/executions',
    operationId: 'listExecutionsOfCronJob',
    summary: 'List what came of a cron job',
    description: 'What was fired, and what was not and why.',
    params: CronJobRef,
    query: OfJob,
    responses: PAGE,
    handler: async ({ c, ctx, params, query }) =>
      c.json(await listCronExecutions(ctx, { ...query, job: params.job as string } as ListCronExecutions)),
  },
  {
    ...ADMIN,
    method: 'get',
    path: '/v1/cron-executions',
    operationId: 'listCronExecutions',
    summary: 'List what came of all cron jobs',
    query: ListCronExecutions,
    responses: PAGE,
    handler: async ({ c, ctx, query }) => c.json(await listCronExecutions(ctx, query as ListCronExecutions)),
  },
  {
    ...ADMIN,
    method: 'get',
    path: '/v1/cron-executions/{id}',
    operationId: 'getCronExecution',
    summary: 'Read an execution',
    responses: { 200: { description: 'The execution', schema: CronExecution } },
    handler: async ({ c, ctx, params }) => c.json(await getCronExecution(ctx, { id: params.id as string })),
  },
  {
    ...ADMIN,
    method: 'post',
    path: '/v1/cron-executions/{id}:cancel',
    operationId: 'cancelCronExecution',
    summary: 'Cancel an execution',
    description:
      'One that waits is canceled at once; of one that has enqueued a run, that run is asked to stop.',
    body: Canceling,
    bodyOptional: true,
    responses: {
      200: { description: 'The execution', schema: CronExecution },
      409: { description: 'It has ended, or the ledger itself is at it' },
    },
    handler: async ({ c, ctx, params, body }) =>
      c.json(
        await cancelCronExecution(ctx, { ...fieldsOf(body), id: params.id as string } as CancelCronExecution),
      ),
  },
  {
    ...ADMIN,
    method: 'get',
    path: '/v1/cron-stats',
    operationId: 'getCronStats',
    summary: 'Say how all cron jobs stand',
    query: GetCronStats,
    responses: { 200: { description: 'How they stand', schema: CronStats } },
    handler: async ({ c, ctx, query }) => c.json(await cronStats(ctx, query as GetCronStats)),
  },
  {
    ...ADMIN,
    method: 'get',
    path: '/v1/cron-settings',
    operationId: 'getCronSettings',
    summary: 'Read what all cron jobs have in common',
    responses: { 200: { description: 'The settings', schema: ShownCronSettings } },
    handler: async ({ c, ctx }) => c.json(await getCronSettings(ctx)),
  },
  {
    ...ADMIN,
    method: 'put',
    path: '/v1/cron-settings',
    operationId: 'putCronSettings',
    summary: 'Set what all cron jobs have in common',
    description: 'What is given is set, the rest stays.',
    body: PutCronSettings,
    responses: { 200: { description: 'The settings', schema: ShownCronSettings } },
    handler: async ({ c, ctx, body }) =>
      c.json(await putCronSettings(ctx, fieldsOf(body) as PutCronSettings)),
  },
]
