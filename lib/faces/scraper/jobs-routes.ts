import { z } from 'zod'
import { givenOf } from '../../http/asked-days.ts'
import { askedRun } from '../../http/asked-run.ts'
import { inTheirWords } from '../../http/in-their-words.ts'
import type { Call, Route } from '../../http/route.ts'
import { success } from '../../http/success.ts'
import { listOutputs } from '../../ledger/outputs/list-outputs.ts'
import { parseInput } from '../../ledger/parse-input.ts'
import { cancelRun } from '../../ledger/runs/cancel-run.ts'
import { enqueueRun } from '../../ledger/runs/enqueue-run.ts'
import { getRun } from '../../ledger/runs/get-run.ts'
import { pageRuns } from '../../ledger/runs/page-runs.ts'
import { retryRun } from '../../ledger/runs/retry-run.ts'
import type { Run } from '../../run/run.ts'
import { readLines } from './read-lines.ts'
import {
  Control,
  Job,
  JobLogs,
  JobResults,
  JobRow,
  ListJobs,
  ListResults,
  NewJob,
  page,
  ReadLogs,
} from './shapes.ts'
import { fieldOfJob, fromJobStatus, fromNewJob, toJob, toJobRow, toResult } from './translate.ts'

const TAG = 'Scraper jobs'
const params = z.object({ job_id: z.string() })
const idIn = (call: Call) => askedRun(call, 'job_id')

/** What people and services do with jobs whose files are at hand. */
export const jobsRoutes: Route[] = [
  {
    method: 'get',
    path: '/api/scraper/jobs',
    operationId: 'listJobs',
    summary: 'Jobs that are not archived, newest first',
    description:
      'Without what they were given. Only the first 10,000 are reached by `offset`; dates reach the rest.',
    tag: TAG,
    scope: 'runs:read',
    query: ListJobs,
    responses: { 200: { description: 'A page of jobs', schema: success(z.array(JobRow), page) } },
    async handler({ c, ctx, query }) {
      const asked = parseInput(ListJobs, givenOf(query))
      const { status, type: kind, start_date: since, end_date: before, limit, offset } = asked
      const state = status && fromJobStatus(status)
      const { data, more } = await pageRuns(ctx, { state, kind, since, before, limit, offset })
      return c.json({ success: true, data: data.map(toJobRow), limit, offset, has_more: more })
    },
  },
  {
    method: 'post',
    path: '/api/scraper/jobs',
    operationId: 'createJob',
    summary: 'Make a job',
    description: 'It waits for a worker that claims its `type`.',
    tag: TAG,
    scope: 'runs:write',
    body: NewJob,
    responses: { 201: { description: 'It waits to be run', schema: success(Job) } },
    async handler({ c, ctx, body = {} }) {
      const job = parseInput(NewJob, body)
      const { run } = await inTheirWords(fieldOfJob, enqueueRun(ctx, fromNewJob(job)))
      return c.json({ success: true, data: toJob(run) }, 201)
    },
  },
  {
    method: 'get',
    path: '/api/scraper/jobs/{job_id}',
    operationId: 'getJob',
    summary: 'One job',
    tag: TAG,
    scope: 'runs:read',
    params,
    responses: { 200: { description: 'The job', schema: success(Job) } },
    handler: async (call) => answer(call, await getRun(call.ctx, { id: idIn(call) })),
  },
  {
    method: 'post',
    path: '/api/scraper/jobs/{job_id}/control',
    operationId: 'controlJob',
    summary: 'Start, stop or cancel a job',
    description:
      '`start` queues a failed or cancelled job again; one that waits is started already. `stop` and `cancel` end a pending job at ' +
      'once, and ask the worker of a running one to stop.',
    tag: TAG,
    scope: 'runs:write',
    params,
    body: Control,
    responses: { 200: { description: 'The job as it is now', schema: success(Job) } },
    async handler(call) {
      const { action } = parseInput(Control, call.body ?? {})
      const id = idIn(call)
      switch (action) {
        case 'start':
          return answer(call, await start(call, id))
        case 'stop':
        case 'cancel':
          return answer(call, await cancelRun(call.ctx, { id }))
      }
    },
  },
  {
    method: 'get',
    path: '/api/scraper/jobs/{job_id}/logs',
    operationId: 'getJobLogs',
    summary: 'What a job has printed',
    description: 'The last lines; or, from `offset` on, 1 MB at a time at most, going on at `next_offset`.',
    tag: TAG,
    scope: 'runs:read',
    params,
    query: ReadLogs,
    responses: { 200: { description: 'Lines', schema: success(JobLogs) } },
    async handler(call) {
      const id = idIn(call)
      const asked = { id, ...parseInput(ReadLogs, givenOf(call.query)) }
      const { lines, offset, nextOffset, totalBytes } = await inTheirWords(
        (path) => (path === 'from' ? 'offset' : undefined),
        readLines(call.ctx, asked),
      )
      const data = { job_id: id, logs: lines, offset, next_offset: nextOffset, total_bytes: totalBytes }
      return call.c.json({ success: true, data })
    },
  },
  {
    method: 'get',
    path: '/api/scraper/jobs/{job_id}/results',
    operationId: 'getJobResults',
    summary: 'The files that a job produced',
    tag: TAG,
    scope: 'runs:read',
    params,
    query: ListResults,
    responses: { 200: { description: 'A page of files', schema: success(JobResults) } },
    async handler(call) {
      const id = idIn(call)
      const run = await getRun(call.ctx, { id })
      const { data, nextCursor } = await listOutputs(call.ctx, {
        id,
        ...parseInput(ListResults, givenOf(call.query)),
      })
      const results = data.map((output) => toResult(id, output))
      const found = { job_id: id, output_ref: run.outputRef, results, next_cursor: nextCursor }
      return call.c.json({ success: true, data: found })
    },
  },
]

const answer = ({ c }: Call, run: Run): Response => c.json({ success: true, data: toJob(run) })

/** Whoever makes a job and starts it, as these clients do, finds it waiting already. */
async function start({ ctx }: Call, id: string): Promise<Run> {
  const run = await getRun(ctx, { id }, 'runs:write')
  return run.state === 'queued' ? run : retryRun(ctx, { id })
}
