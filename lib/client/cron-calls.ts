import type { z } from 'zod'
import type { CronJob } from '../run/cron-job.ts'
import { LedgerError } from '../run/errors.ts'
import {
  Identified,
  Nothing,
  IdentifiedPage as Page,
  ScheduleTimes,
  CronSettingsAnswer as Settings,
  Triggered,
} from './answers.ts'
import type { ApiRequest, Call } from './request.ts'
import type { Verbs } from './verbs.ts'

type CronVerbs = Pick<
  Verbs,
  | 'createCronJob'
  | 'getCronJob'
  | 'listCronJobs'
  | 'deleteCronJob'
  | 'enableCronJob'
  | 'disableCronJob'
  | 'triggerCronJob'
  | 'validateSchedule'
  | 'listCronExecutions'
  | 'getCronExecution'
  | 'getCronSettings'
>

/** What admins do with cron jobs. */
export function cronCalls(call: Call): CronVerbs {
  const ask = async <T>(request: ApiRequest, shape: z.ZodType) => (await call<T>(request, shape)).body
  const get = <T>(path: string, query: object | undefined, shape: z.ZodType) =>
    ask<T>({ method: 'GET', path, query, repeatable: true }, shape)
  const post = <T>(path: string, repeatable: boolean, shape: z.ZodType, body?: unknown) =>
    ask<T>({ method: 'POST', path, body, repeatable }, shape)
  return {
    createCronJob: (job) => post('/v1/cron-jobs', false, Identified, job),
    getCronJob: async ({ job }) => get(jobPath(job), undefined, Identified),
    listCronJobs: (query) => get('/v1/cron-jobs', query, Page),
    async deleteCronJob({ job }) {
      await call({ method: 'DELETE', path: jobPath(job), repeatable: false }, Nothing)
    },
    enableCronJob: async ({ job }) => post<CronJob>(`${jobPath(job)}:enable`, true, Identified),
    disableCronJob: async ({ job }) => post<CronJob>(`${jobPath(job)}:disable`, true, Identified),
    triggerCronJob: async ({ job }) => post(`${jobPath(job)}:trigger`, false, Triggered),
    validateSchedule: (asked) => post('/v1/cron-jobs:validate', true, ScheduleTimes, asked),
    listCronExecutions: (query) => get('/v1/cron-executions', query, Page),
    getCronExecution: ({ id }) => get(`/v1/cron-executions/${wordInPath(id)}`, undefined, Identified),
    getCronSettings: () => get('/v1/cron-settings', undefined, Settings),
  }
}

/** Where a job is, by its id or its name. Throws `invalid` for what would be another path. */
function jobPath(job: string): string {
  if (!/^\.{0,2}$/.test(job)) return `/v1/cron-jobs/${wordInPath(job)}`
  const message = 'is no id, and no name that a job may have'
  throw new LedgerError('invalid', `job: ${message}`, { issues: [{ path: 'job', message }] })
}

const wordInPath = (word: string) => encodeURIComponent(String(word).toWellFormed())
