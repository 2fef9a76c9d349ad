import { beforeEach, describe, expect, it } from 'vitest'
import { beginRun } from '../../../lib/ledger/cron/begin-run.ts'
import { seeToRuns } from '../../../lib/ledger/cron/see-to-runs.ts'
import { triggerCronJob } from '../../../lib/ledger/cron/trigger-cron-job.ts'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { type CronJob, DELETING } from '../../../lib/run/cron-job.ts'
import { executionsOf, failure, minute, NOON } from '../../contracts/cron-steps.ts'
import { must } from '../../contracts/harness.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { refusal } from '../steps.ts'
import { atTime, clockAt, dispatch, madeJob, statusesOf } from './steps.ts'

const at = useLedger(POSTGRES)
const here = (now = NOON) => atTime(at().as(), clockAt(now))
const NEVER = Number.POSITIVE_INFINITY
beforeEach(async () => {
  for (const table of ['cron_jobs', 'runs']) await at().store.raw(`DELETE FROM ${table}`)
})

/** A job of which so many executions wait to enqueue a run each. */
async function waiting(count: number): Promise<CronJob> {
  const given = { overlapPolicy: 'allow', maxRetries: 1, schedule: '0 0 1 1 *' } as const
  const job = await madeJob(here(), given)
  await at().store.raw(
    `INSERT INTO cron_job_executions (id, "cronJobId", status, "scheduledFor", "notBefore", "createdAt", "isExclusive")
     SELECT left('${job.id}', 20) || lpad(n::text, 6, '0'), '${job.id}', 'queued',
       '${NOON}'::timestamptz - n * interval '1 second', '${NOON}', '${NOON}', false FROM generate_series(1, ${count}) n`,
  )
  return job
}

const claim = async (limit: number) =>
  await here().cron.claim({ at: NOON, limit, graceMs: 1, requestId: 'test' })
const runsOf = async (job: CronJob) =>
  (await executionsOf(here().cron, job)).flatMap((one) => one.runId ?? [])

describe('an execution whose process was killed before it had enqueued its run', () => {
  const goesOn: [by: string, go: () => Promise<unknown>][] = [
    ['dispatch', () => dispatch(here(minute(60)))],
    ['claim of a worker', () => seeToRuns(here(minute(60)), NEVER)],
  ]
  it.each(goesOn)('has it by the next %s after its lease, without a retry', async (_by, goOn) => {
    const job = await waiting(1)
    const [dead] = await claim(1)
    await dispatch(here(minute(1)))
    expect(await executionsOf(here().cron, job)).toMatchObject([{ status: 'running', runId: null, fence: 1 }])
    await goOn()
    expect(await executionsOf(here().cron, job)).toMatchObject([
      { status: 'running', runId: expect.any(String), fence: 2, retryCount: 0 },
    ])
    // The process was frozen, and comes back.
    await beginRun(here(), must(dead))
    expect(await at().store.raw('SELECT id FROM runs')).toHaveLength(1)
  })
})

describe('what claims of workers do for cron jobs', () => {
  /** Whoever asks for it takes a tenth of a second. */
  const slowly = (method: 'attachRun' | 'complete'): Context => {
    let now = 0
    const ctx = here(minute(1))
    const take = async <T>(work: Promise<T>) => {
      now += 100
      return await work
    }
    const cron = {
      ...ctx.cron,
      [method]: (first: never, second: never) => take<unknown>(ctx.cron[method](first, second)),
    }
    return { ...ctx, cron, now: () => now }
  }

  it('ends with its time: what does not begin by then is not claimed', async () => {
    const job = await waiting(5)
    await seeToRuns(slowly('attachRun'), 200)
    expect((await statusesOf(here(), job)).toSorted()).toEqual([
      'queued',
      'queued',
      'queued',
      'running',
      'running',
    ])
    await seeToRuns(here(minute(1)), NEVER)
    expect(await runsOf(job)).toHaveLength(5)
  })

  it('ends no more than there is time for', async () => {
    const job = await waiting(5)
    await seeToRuns(here(minute(1)), NEVER)
    for (const id of await runsOf(job)) await cancelRun(at().as(), { id })
    await seeToRuns(slowly('complete'), 200)
    expect((await statusesOf(here(), job)).filter((status) => status === 'canceled')).toHaveLength(2)
    await seeToRuns(here(minute(1)), NEVER)
    expect((await statusesOf(here(), job)).filter((status) => status === 'canceled')).toHaveLength(5)
  })
})

describe('of a job that is being deleted', () => {
  const begin = (job: CronJob) =>
    at().store.raw(`UPDATE cron_jobs SET "isEnabled" = false, problem = '${DELETING}' WHERE id = '${job.id}'`)

  it('nothing that waits begins, and nobody is told that it could', async () => {
    const job = await waiting(2)
    await begin(job)
    expect(await claim(10)).toEqual([])
    expect(await here().cron.look(NOON)).toMatchObject({ waiting: false, behind: 0 })
    expect(await dispatch(here())).toMatchObject({ more: false })
    expect(await statusesOf(here(), job)).toEqual(['queued', 'queued'])
  })

  it('nothing that fails is tried again', async () => {
    const job = await waiting(1)
    const [one] = await claim(1)
    await begin(job)
    await here().cron.complete(failure(must(one)))
    expect(await statusesOf(here(), job)).toEqual(['failed'])
  })

  it('nothing is added by somebody who had seen it before', async () => {
    const job = await waiting(0)
    const { cron } = here()
    const trigger: typeof cron.trigger = async (given) => {
      await begin(job)
      return await cron.trigger(given)
    }
    const late = { ...here(), cron: { ...cron, trigger } }
    expect(await refusal(triggerCronJob(late, { job: job.id }))).toMatchObject({ code: 'not_found' })
    expect(await statusesOf(here(), job)).toEqual([])
  })
})
