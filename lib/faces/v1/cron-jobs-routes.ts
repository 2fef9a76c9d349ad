import { z } from 'zod'
import type { Call, Route } from '../../http/route.ts'
import { CreateCronJob, createCronJob } from '../../ledger/cron/create-cron-job.ts'
import {
  CronJobDetails,
  getCronJob,
  ListCronJobs,
  listCronJobs,
  ShownCronJob,
} from '../../ledger/cron/cron-jobs.ts'
import { deleteCronJob } from '../../ledger/cron/delete-cron-job.ts'
import { CronJobRef } from '../../ledger/cron/job-input.ts'
import { getCronJobSecret } from '../../ledger/cron/job-secret.ts'
import { seedCronJobs } from '../../ledger/cron/seed-cron-jobs.ts'
import { SyncedCronJobs } from '../../ledger/cron/sync-cron-jobs.ts'
import { TriggeredCronJob, triggerCronJob } from '../../ledger/cron/trigger-cron-job.ts'
import {
  CronJobChange,
  setCronJobEnabled,
  type UpdateCronJob,
  updateCronJob,
} from '../../ledger/cron/update-cron-job.ts'
import { ValidatedSchedule, ValidateSchedule, validateSchedule } from '../../ledger/cron/validate-schedule.ts'
import { CronJob } from '../../run/cron-job.ts'
import { fieldsOf } from './shapes.ts'

const ADMIN = { tag: 'Cron', scope: 'admin' } as const
const OF_ONE = { ...ADMIN, params: CronJobRef }
const refOf = ({ params }: Call) => ({ job: params.job as string })

/** Schedules and what they do; a job goes by its id or its name. For admins. */
export const cronJobsRoutes: Route[] = [
  {
    ...ADMIN,
    method: 'post',
    path: '/v1/cron-jobs',
    operationId: 'createCronJob',
    summary: 'Make a cron job',
    description: 'It runs first at the next time of its schedule.',
    body: CreateCronJob,
    responses: {
      201: { description: 'The job', schema: CronJob },
      409: { description: 'There is a job of that name' },
    },
    handler: async ({ c, ctx, body }) =>
      c.json(await createCronJob(ctx, fieldsOf(body) as CreateCronJob), 201),
  },
  {
    ...ADMIN,
    method: 'get',
    path: '/v1/cron-jobs',
    operationId: 'listCronJobs',
    summary: 'List cron jobs',
    description: 'By name, each with its next times and its statistics.',
    query: ListCronJobs,
    responses: {
      200: {
        description: 'A page of jobs',
        schema: z.object({ data: z.array(ShownCronJob), nextCursor: z.string().nullable() }),
      },
    },
    handler: async ({ c, ctx, query }) => c.json(await listCronJobs(ctx, query as ListCronJobs)),
  },
  {
    ...ADMIN,
    method: 'post',
    path: '/v1/cron-jobs:validate',
    operationId: 'validateSchedule',
    summary: 'Say what a schedule means',
    description: 'In words, and in its next times. Nothing is kept.',
    body: ValidateSchedule,
    responses: { 200: { description: 'What it means', schema: ValidatedSchedule } },
    handler: async ({ c, ctx, body }) =>
      c.json(await validateSchedule(ctx, fieldsOf(body) as ValidateSchedule)),
  },
  {
    ...ADMIN,
    method: 'post',
    path: '/v1/cron-jobs:sync',
    operationId: 'syncCronJobs',
    summary: 'Make the program’s own jobs as it has them',
    description:
      'What a person has set is kept, and variables in schedules are read anew. A server does it when it starts.',
    responses: { 200: { description: 'What was done', schema: SyncedCronJobs } },
    handler: async ({ c, ctx }) => c.json(await seedCronJobs(ctx)),
  },
  {
    ...OF_ONE,
    method: 'get',
    path: '/v1/cron-jobs/{job}',
    operationId: 'getCronJob',
    summary: 'Read a cron job',
    description: 'With what people have changed of it.',
    responses: { 200: { description: 'The job', schema: CronJobDetails } },
    handler: async (call) => call.c.json(await getCronJob(call.ctx, refOf(call))),
  },
  {
    ...OF_ONE,
    method: 'get',
    path: '/v1/cron-jobs/{job}/secret',
    operationId: 'getCronJobSecret',
    summary: 'Read what signs a cron job’s calls',
    description:
      'A receiver of its `http` calls verifies them by it, as those of a webhook (Standard Webhooks). It changes with the ledger’s own secret alone.',
    responses: { 200: { description: 'The secret', schema: z.object({ secret: z.string() }) } },
    handler: async (call) => call.c.json(await getCronJobSecret(call.ctx, refOf(call))),
  },
  {
    ...OF_ONE,
    method: 'put',
    path: '/v1/cron-jobs/{job}',
    operationId: 'updateCronJob',
    summary: 'Change a cron job',
    description:
      'What is given is set, the rest stays. A job of the program’s own keeps its name and its action.',
    body: CronJobChange,
    responses: {
      200: { description: 'The job', schema: CronJob },
      409: { description: 'There is a job of that name' },
    },
    handler: async (call) =>
      call.c.json(await updateCronJob(call.ctx, { ...fieldsOf(call.body), ...refOf(call) } as UpdateCronJob)),
  },
  {
    ...OF_ONE,
    method: 'delete',
    path: '/v1/cron-jobs/{job}',
    operationId: 'deleteCronJob',
    summary: 'Delete a cron job with its executions',
    description:
      'Runs that it enqueued stay. From the first call on nothing of it begins; where it has millions of executions, ask again until it is gone.',
    responses: {
      204: { description: 'It is gone' },
      409: { description: 'It belongs to the program, and can only be disabled' },
      503: { description: 'Of its executions some are left: ask again' },
    },
    async handler(call) {
      await deleteCronJob(call.ctx, refOf(call))
      return call.c.body(null, 204)
    },
  },
  {
    ...OF_ONE,
    method: 'post',
    path: '/v1/cron-jobs/{job}:enable',
    operationId: 'enableCronJob',
    summary: 'Let a cron job run',
    responses: { 200: { description: 'The job', schema: CronJob } },
    handler: async (call) =>
      call.c.json(await setCronJobEnabled(call.ctx, { ...refOf(call), isEnabled: true })),
  },
  {
    ...OF_ONE,
    method: 'post',
    path: '/v1/cron-jobs/{job}:disable',
    operationId: 'disableCronJob',
    summary: 'Stop a cron job from running',
    description: 'What is under way goes on.',
    responses: { 200: { description: 'The job', schema: CronJob } },
    handler: async (call) =>
      call.c.json(await setCronJobEnabled(call.ctx, { ...refOf(call), isEnabled: false })),
  },
  {
    ...OF_ONE,
    method: 'post',
    path: '/v1/cron-jobs/{job}:trigger',
    operationId: 'triggerCronJob',
    summary: 'Run a cron job now',
    description: 'A disabled one, too. It waits for what is at work, unless the job allows to run beside it.',
    responses: {
      202: {
        description: 'It will run: the execution tells how it went',
        schema: TriggeredCronJob,
        headers: { Location: 'Where the execution is' },
      },
      409: { description: 'A hundred are at work or waiting already, or it is being deleted' },
    },
    async handler(call) {
      const triggered = await triggerCronJob(call.ctx, { ...refOf(call), triggeredBy: 'api' })
      call.c.header('Location', `/v1/cron-executions/${triggered.executionId}`)
      return call.c.json(triggered, 202)
    },
  },
]
