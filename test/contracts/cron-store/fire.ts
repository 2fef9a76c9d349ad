import { describe, expect, it } from 'vitest'
import type { NewRun } from '../../../lib/ports/run-store.ts'
import type { CronJob } from '../../../lib/run/cron-job.ts'
import { newRun, unique } from '../../support/make.ts'
import {
  claim,
  executionsOf,
  fire,
  held,
  jobNow,
  makeJob,
  minute,
  NOON,
  newId,
  occurrence,
} from '../cron-steps.ts'
import { type Harness, must } from '../harness.ts'
import { getRun } from '../steps.ts'

export function cronFireContract(at: () => Harness): void {
  const runFor = (executionId: string, overrides: Partial<NewRun> = {}) =>
    newRun({ kind: unique('kind'), createdBy: 'cron', cronExecutionId: executionId, ...overrides })
  const enqueuing = (scheduledFor = NOON) => {
    const id = newId()
    return occurrence({ id, scheduledFor, run: runFor(id) })
  }

  describe('firing', () => {
    it('records the occurrence and moves the job on', async () => {
      const { cron } = at().store
      const job = await makeJob(cron)
      const fired = must(await fire(cron, job))
      expect(fired).toEqual(await executionsOf(cron, job))
      expect(fired).toMatchObject([
        {
          cronJobId: job.id,
          scheduledFor: NOON,
          status: 'queued',
          notBefore: NOON,
          retryCount: 0,
          triggeredBy: 'scheduler',
          requestId: 'test',
          startedAt: null,
          runId: null,
          createdAt: NOON,
        },
      ])
      expect(await jobNow(cron, job)).toEqual({ ...job, nextRunAt: minute(5) })
    })

    it('is done by one of ten callers at once, on two instances', async () => {
      const stores = await at().several(2)
      const job = await makeJob(must(stores[0]).cron)
      const fired = await Promise.all(
        Array.from({ length: 10 }, (_, n) => fire(must(stores[n % 2]).cron, job)),
      )
      expect(fired.filter((one) => one !== null)).toHaveLength(1)
      expect(await executionsOf(must(stores[0]).cron, job)).toHaveLength(1)
    })

    it('is refused of a job that was changed since it was seen', async () => {
      const { cron } = at().store
      const job = await makeJob(cron)
      const changed = must(await cron.updateJob(job, { timeoutMs: 5_000 }, NOON))
      expect(await fire(cron, job)).toBeNull()
      expect(await executionsOf(cron, job)).toEqual([])
      expect(await fire(cron, changed)).toHaveLength(1)
    })

    it('of an occurrence that was recorded before adds nothing, and moves on', async () => {
      const { cron } = at().store
      const job = await makeJob(cron)
      const [first] = must(await fire(cron, job))
      // As an edit does that was begun before.
      const again = must(await cron.updateJob(await jobNow(cron, job), { nextRunAt: NOON }, NOON))
      expect(await fire(cron, again)).toEqual([])
      expect(await executionsOf(cron, job)).toEqual([first])
      expect(await jobNow(cron, job)).toMatchObject({ nextRunAt: minute(5) })
    })

    it('keeps what was missed and skipped, with the reason', async () => {
      const { cron } = at().store
      const job = await makeJob(cron)
      const occurrences = [
        occurrence({
          scheduledFor: minute(-10),
          status: 'missed',
          reason: 'nothing ticked',
          lateMs: 600_000,
        }),
        occurrence({ scheduledFor: minute(-5), status: 'skipped', reason: 'paused', lateMs: 300_000 }),
        occurrence(),
      ]
      await fire(cron, job, { occurrences })
      expect(await executionsOf(cron, job)).toMatchObject([
        { scheduledFor: minute(-10), status: 'missed', reason: 'nothing ticked', lateMs: 600_000 },
        { scheduledFor: minute(-5), status: 'skipped', reason: 'paused', lateMs: 300_000 },
        { scheduledFor: NOON, status: 'queued', reason: null, lateMs: 0 },
      ])
      const untold = (await cron.untold(1_000)).filter((one) => one.job.id === job.id)
      expect(untold).toMatchObject([{ event: 'cron.missed', execution: { scheduledFor: minute(-10) } }])
    })

    it('that leaves no next time says why', async () => {
      const { cron } = at().store
      const job = await makeJob(cron)
      const firing = { seen: job, at: NOON, nextRunAt: null, problem: 'no more', occurrences: [occurrence()] }
      await cron.fire({ ...firing, overlapPolicy: 'skip', requestId: 'test', tellsMissed: true })
      expect(await jobNow(cron, job)).toMatchObject({ nextRunAt: null, problem: 'no more', isEnabled: true })
    })
  })

  describe('an occurrence that finds another at work', () => {
    const second = async (job: CronJob) => {
      const { cron } = at().store
      await fire(cron, await jobNow(cron, job))
      return must((await executionsOf(cron, job))[1])
    }

    it('is skipped, and says which one is', async () => {
      const { execution, job } = await held(at().store.cron)
      const { status, reason } = await second(job)
      expect(status).toBe('skipped')
      expect(reason).toContain(`execution ${execution.id} (of ${NOON}) is still running`)
    })

    it('waits where the job says so, and is not claimed meanwhile', async () => {
      const { cron } = at().store
      const { job } = await held(cron, { overlapPolicy: 'queue' })
      expect(await second(job)).toMatchObject({ status: 'queued' })
      expect(await claim(cron, minute(6), job)).toEqual([])
    })

    it('runs beside it where the job says so', async () => {
      const { cron } = at().store
      const { job } = await held(cron, { overlapPolicy: 'allow' })
      expect(await second(job)).toMatchObject({ status: 'queued' })
      expect(await claim(cron, minute(6), job)).toHaveLength(1)
    })
  })

  it('a job that allows overlap has a hundred at once, and the rest is skipped with the reason', async () => {
    const { cron } = at().store
    const job = await makeJob(cron, { overlapPolicy: 'allow' })
    const occurrences = Array.from({ length: 101 }, (_, n) => occurrence({ scheduledFor: minute(n - 101) }))
    const fired = must(await fire(cron, job, { occurrences }))
    expect(fired.filter(({ status }) => status === 'queued')).toHaveLength(100)
    expect(await fire(cron, await jobNow(cron, job))).toMatchObject([
      { status: 'skipped', reason: expect.stringContaining('100 executions of this job are at work') },
    ])
    const one = { jobId: job.id, at: NOON, overlapPolicy: 'allow', triggeredBy: 'manual' } as const
    const trigger = { ...one, id: newId(), triggeredByUserId: 'Zoë', requestId: 'test' }
    expect(await cron.trigger(trigger)).toMatchObject({ status: 'skipped' })
    await cron.deleteJob(job.id)
  })

  describe('firing a job that enqueues', () => {
    it('adds the run with the execution that waits for it', async () => {
      const { store } = at()
      const job = await makeJob(store.cron, { projectId: unique('p') })
      const one = enqueuing()
      const [fired] = must(await fire(store.cron, job, { occurrences: [one] }))
      expect(fired).toMatchObject({
        status: 'running',
        runId: one.run?.id,
        startedAt: NOON,
        leaseExpiresAt: null,
      })
      expect(await getRun(store, must(one.run).id)).toMatchObject({
        state: 'queued',
        kind: one.run?.kind,
        createdBy: 'cron',
        cronExecutionId: one.id,
      })
      expect((await store.runs.events([{ runId: must(one.run).id, id: 0 }], 10))[0]).toMatchObject({
        type: 'run.enqueued',
        actor: 'cron',
      })
    })

    it('by one of ten callers at once adds one run', async () => {
      const { store } = at()
      const job = await makeJob(store.cron)
      const kind = unique('kind')
      const tries = Array.from({ length: 10 }, () => {
        const id = newId()
        const occurrences = [occurrence({ id, run: runFor(id, { kind }) })]
        return fire(store.cron, job, { occurrences })
      })
      await Promise.all(tries)
      expect(await store.runs.list({ kind, sort: 'createdAt:desc', limit: 100 })).toHaveLength(1)
    })

    it('of several adds the run of the first, and those of the others in their turn', async () => {
      const { store } = at()
      const job = await makeJob(store.cron)
      const occurrences = [enqueuing(minute(-5)), enqueuing()]
      await fire(store.cron, job, { occurrences })
      expect(await executionsOf(store.cron, job)).toMatchObject([
        { status: 'running', runId: occurrences[0]?.run?.id },
        { status: 'queued', runId: null },
      ])
      expect(await store.runs.get([must(occurrences[1]?.run).id])).toEqual([null])
    })

    it('adds no run for what it skips', async () => {
      const { store } = at()
      const job = await makeJob(store.cron)
      await fire(store.cron, job, { occurrences: [enqueuing()] })
      const late = enqueuing(minute(5))
      await fire(store.cron, await jobNow(store.cron, job), { occurrences: [late] })
      expect(await executionsOf(store.cron, job)).toMatchObject([
        { status: 'running' },
        { status: 'skipped' },
      ])
      expect(await store.runs.get([must(late.run).id])).toEqual([null])
    })
  })

  describe('triggering', () => {
    const trigger = (job: CronJob, run?: NewRun, id = newId()) =>
      at().store.cron.trigger({
        id,
        jobId: job.id,
        at: NOON,
        overlapPolicy: job.overlapPolicy,
        triggeredBy: 'manual',
        triggeredByUserId: 'Zoë',
        requestId: 'test',
        run,
      })

    it('adds an execution of no time, of a disabled job, too', async () => {
      const { cron } = at().store
      const job = await makeJob(cron, { isEnabled: false, nextRunAt: null })
      expect(await trigger(job)).toMatchObject({
        scheduledFor: null,
        lateMs: null,
        status: 'queued',
        triggeredBy: 'manual',
        triggeredByUserId: 'Zoë',
      })
      await trigger(job)
      expect(await executionsOf(cron, job)).toHaveLength(2)
    })

    it('waits for what is at work, and never skips', async () => {
      const { cron } = at().store
      const { job } = await held(cron)
      expect(await trigger(job)).toMatchObject({ status: 'queued' })
      expect(await claim(cron, minute(1), job)).toEqual([])
    })

    it('adds its run at once where nothing is in the way', async () => {
      const { store } = at()
      const job = await makeJob(store.cron)
      const id = newId()
      const run = runFor(id)
      expect(await trigger(job, run, id)).toMatchObject({ status: 'running', runId: run.id })
      expect(await getRun(store, run.id)).toMatchObject({ cronExecutionId: id })
    })

    it('ten at once begins one of them', async () => {
      const { store } = at()
      const job = await makeJob(store.cron)
      const kind = unique('kind')
      await Promise.all(
        Array.from({ length: 10 }, () => {
          const id = newId()
          return trigger(job, runFor(id, { kind }), id)
        }),
      )
      expect(await store.runs.list({ kind, sort: 'createdAt:desc', limit: 100 })).toHaveLength(1)
      expect((await executionsOf(store.cron, job)).filter((one) => one.status === 'queued')).toHaveLength(9)
    })

    it('a job there is none of gives null', async () => {
      const job = await makeJob(at().store.cron)
      await at().store.cron.deleteJob(job.id)
      expect(await trigger(job)).toBeNull()
    })
  })
}
