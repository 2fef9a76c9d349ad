import { describe, expect, it } from 'vitest'
import type { ClaimedExecution } from '../../../lib/ports/cron-store.ts'
import type { CronAction } from '../../../lib/run/cron-job.ts'
import { newRun, unique } from '../../support/make.ts'
import {
  claim,
  completion,
  executionsOf,
  failure,
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
import { cancel, claimRequest, fail, getRun, moveOne, succeed } from '../steps.ts'

export function cronWorkContract(at: () => Harness): void {
  describe('claiming executions', () => {
    it('takes what is queued, with a lease of the timeout and the grace', async () => {
      const { cron } = at().store
      const job = await makeJob(cron, { timeoutMs: 60_000 })
      await fire(cron, job)
      expect(await claim(cron, minute(-1), job)).toEqual([])
      const [claimed] = await claim(cron, minute(1), job)
      expect(claimed?.job).toEqual(await jobNow(cron, job))
      expect(claimed?.execution).toEqual((await executionsOf(cron, job))[0])
      expect(claimed?.execution).toMatchObject({
        status: 'running',
        fence: 1,
        startedAt: minute(1),
        leaseExpiresAt: minute(2.5),
      })
      expect(await claim(cron, minute(1), job)).toEqual([])
    })

    it('gives each to one of ten callers at once, and one of a job at a time', async () => {
      const stores = await at().several(2)
      const { cron } = must(stores[0])
      const jobs = await Promise.all(
        Array.from({ length: 5 }, () => makeJob(cron, { overlapPolicy: 'queue' })),
      )
      for (const job of jobs) {
        const occurrences = [occurrence({ scheduledFor: minute(-5) }), occurrence()]
        await fire(cron, job, { occurrences })
      }
      const mine = new Set(jobs.map(({ id }) => id))
      const claims = await Promise.all(
        Array.from({ length: 10 }, (_, n) =>
          must(stores[n % 2]).cron.claim({ at: NOON, limit: 2, graceMs: 1, requestId: 'test' }),
        ),
      )
      const taken = claims.flat().filter(({ job }) => mine.has(job.id))
      expect(new Set(taken.map(({ execution }) => execution.id)).size).toBe(taken.length)
      expect(new Set(taken.map(({ job }) => job.id)).size).toBe(taken.length)
      expect(taken.every(({ execution }) => execution.scheduledFor === minute(-5))).toBe(true)
      for (const job of jobs) await claim(cron, NOON, job)
      for (const job of jobs)
        expect((await executionsOf(cron, job)).map(({ status }) => status)).toEqual(['running', 'queued'])
    })

    it('goes on with the next one when the one before has ended', async () => {
      const { cron } = at().store
      const job = await makeJob(cron, { overlapPolicy: 'queue' })
      const occurrences = [occurrence({ scheduledFor: minute(-5) }), occurrence()]
      await fire(cron, job, { occurrences })
      const [first] = await claim(cron, NOON, job)
      await cron.complete(completion(must(first)))
      expect(await claim(cron, NOON, job)).toMatchObject([{ execution: { scheduledFor: NOON } }])
    })

    it('lets a retry go before what waits behind it', async () => {
      const { cron } = at().store
      const claimed = await held(cron, { overlapPolicy: 'queue', maxRetries: 1 })
      await fire(cron, await jobNow(cron, claimed.job))
      await cron.complete(failure(claimed, { at: minute(6), completedAt: minute(6) }))
      // It waits for a second yet, and so does what is behind it.
      expect(await claim(cron, minute(6), claimed.job)).toEqual([])
      expect(await claim(cron, minute(7), claimed.job)).toMatchObject([{ execution: { retryCount: 1 } }])
    })

    it('takes one of each job before a second of any, the longest due first', async () => {
      const { cron } = at().store
      const [many, few] = [await makeJob(cron, { overlapPolicy: 'allow' }), await makeJob(cron)]
      const occurrences = [-30, -20, -10].map((n) => occurrence({ scheduledFor: minute(n) }))
      await fire(cron, many, { occurrences })
      await fire(cron, few)
      const mine = new Set([many.id, few.id])
      const taken: string[] = []
      for (let more = true; more; ) {
        const claimed = await cron.claim({ at: NOON, limit: 1, graceMs: 1, requestId: 'test' })
        more = claimed.length > 0
        for (const { job, execution } of claimed)
          if (mine.has(job.id)) taken.push(must(execution.scheduledFor))
      }
      expect(taken).toEqual([minute(-30), NOON, minute(-20), minute(-10)])
    })

    it('leaves what was triggered under the request that did it, its retries too', async () => {
      const { cron } = at().store
      const job = await makeJob(cron, { maxRetries: 1 })
      const trigger = { jobId: job.id, at: NOON, overlapPolicy: 'skip', triggeredBy: 'api' } as const
      await cron.trigger({ ...trigger, id: newId(), triggeredByUserId: 'Zoë', requestId: 'hers' })
      await fire(cron, job)
      const [first] = await claim(cron, NOON, job)
      await cron.complete(failure(must(first)))
      const [second] = await claim(cron, minute(2), job)
      expect([first, second].map((one) => one?.execution)).toMatchObject([
        { requestId: 'hers', firstId: null, retryCount: 0 },
        { requestId: 'hers', firstId: first?.execution.id, retryCount: 1 },
      ])
    })

    it('leaves alone what would not fit, by the last ones of the job, else by its timeout', async () => {
      const { cron } = at().store
      const [unknown, quick] = [await makeJob(cron), await makeJob(cron)]
      await fire(cron, quick)
      const [before] = await claim(cron, NOON, quick)
      await cron.complete(
        completion(must(before), { completedAt: new Date(Date.parse(NOON) + 700).toISOString() }),
      )
      await fire(cron, await jobNow(cron, quick), { at: minute(5) })
      await fire(cron, unknown)
      const fitting = async (fitsMs: number) => {
        const claimed = await cron.claim({ at: minute(5), limit: 100, graceMs: 1, requestId: 'test', fitsMs })
        return claimed.map(({ job }) => job.id).filter((id) => id === quick.id || id === unknown.id)
      }
      expect(await fitting(699)).toEqual([])
      expect(await fitting(700)).toEqual([quick.id])
      expect(await fitting(119_999)).toEqual([])
      expect(await fitting(120_000)).toEqual([unknown.id])
    })
  })

  describe('completing an execution', () => {
    it('keeps how it ended, and ends its lease', async () => {
      const { cron } = at().store
      const claimed = await held(cron)
      const outcome = {
        exitCode: 0,
        output: 'done',
        metrics: { items: 3, nested: { a: [1] } },
        memoryUsageMb: 80,
        cpuUsagePercent: 12,
      }
      const ended = await cron.complete(completion(claimed, outcome))
      expect(ended).toEqual((await executionsOf(cron, claimed.job))[0])
      expect(ended).toMatchObject({
        ...outcome,
        status: 'completed',
        completedAt: minute(1),
        durationMs: 60_000,
        leaseExpiresAt: null,
        errorMessage: null,
      })
    })

    it('is for who holds it: once, and not after its lease was ended', async () => {
      const { cron } = at().store
      const claimed = await held(cron)
      const all = await Promise.all(Array.from({ length: 5 }, () => cron.complete(completion(claimed))))
      expect(all.filter((one) => one !== null)).toHaveLength(1)
      const other = await held(cron)
      expect(await cron.complete({ ...completion(other), fence: 0 })).toBeNull()
      expect(await cron.complete(failure(other, { status: 'timeout', retry: null }))).not.toBeNull()
      expect(await cron.complete(completion(other))).toBeNull()
      expect(await executionsOf(cron, other.job)).toMatchObject([{ status: 'timeout' }])
    })

    it('as failed adds the next attempt, as often as the job has retries', async () => {
      const { cron } = at().store
      let claimed: ClaimedExecution = await held(cron, { maxRetries: 2 })
      const { job } = claimed
      for (const retryCount of [1, 2]) {
        await cron.complete(failure(claimed, { at: minute(retryCount), completedAt: minute(retryCount) }))
        const notBefore = new Date(Date.parse(minute(retryCount)) + 1_000).toISOString()
        expect((await executionsOf(cron, job)).at(-1)).toMatchObject({
          status: 'queued',
          scheduledFor: NOON,
          retryCount,
          notBefore,
          triggeredBy: 'retry',
        })
        claimed = must((await claim(cron, minute(retryCount + 1), job))[0])
      }
      await cron.complete(failure(claimed, { status: 'timeout', at: minute(4) }))
      expect(await executionsOf(cron, job)).toHaveLength(3)
      expect(await jobNow(cron, job)).toMatchObject({ failuresInRow: 1 })
    })

    it('as failed adds nothing where no retry would help, or none was ordered', async () => {
      const { cron } = at().store
      const [hopeless, single] = [await held(cron, { maxRetries: 3 }), await held(cron)]
      await cron.complete(failure(hopeless, { retry: null }))
      await cron.complete(failure(single))
      for (const { job } of [hopeless, single]) {
        expect(await executionsOf(cron, job)).toHaveLength(1)
        expect(await jobNow(cron, job)).toMatchObject({ failuresInRow: 1 })
      }
    })

    it('says to be told what is news, until it was told', async () => {
      const { cron } = at().store
      const { job, ...first } = await held(cron, { overlapPolicy: 'queue' })
      const untold = async () => (await cron.untold(1_000)).filter((one) => one.job.id === job.id)
      await cron.complete(failure(first))
      expect(await untold()).toMatchObject([{ event: 'cron.failed', job: { failuresInRow: 1 } }])
      expect(await cron.look()).toMatchObject({ untold: true })
      await cron.told([first.execution.id])
      expect(await untold()).toEqual([])
      for (const [n, event] of [
        [5, 'cron.recovered'],
        [10, 'cron.succeeded'],
      ] as const) {
        await fire(cron, await jobNow(cron, job))
        const [next] = await claim(cron, minute(n), job)
        await cron.complete(completion(must(next)))
        expect(await untold()).toMatchObject([{ event, job: { failuresInRow: 0 } }])
        await cron.told([must(next).execution.id])
      }
    })

    it('of one that was triggered counts for the job only where it is a success', async () => {
      const { cron } = at().store
      const failed = await held(cron)
      const { job } = failed
      await cron.complete(failure(failed))
      const byHand = async () => {
        const trigger = {
          jobId: job.id,
          at: NOON,
          overlapPolicy: job.overlapPolicy,
          triggeredBy: 'manual',
        } as const
        await cron.trigger({ ...trigger, id: newId(), triggeredByUserId: 'Zoë', requestId: 'test' })
        return must((await claim(cron, NOON, job))[0])
      }
      await cron.complete(failure(await byHand()))
      expect(await jobNow(cron, job)).toMatchObject({ failuresInRow: 1 })
      await cron.complete(completion(await byHand()))
      expect(await jobNow(cron, job)).toMatchObject({ failuresInRow: 0 })
    })
  })

  describe('a retry that is canceled', () => {
    it.each([
      ['while it waits', false],
      ['at work', true],
    ])('%s leaves the failure before it as the last word', async (_, isAtWork) => {
      const { cron } = at().store
      const claimed = await held(cron, { maxRetries: 3 })
      const { job } = claimed
      await cron.complete(failure(claimed))
      const [second] = await claim(cron, minute(2), job)
      await cron.complete(failure(must(second), { at: minute(3), completedAt: minute(3) }))
      const toldOf = async () => (await cron.untold(1_000)).filter((one) => one.job.id === job.id)
      expect(await toldOf()).toEqual([])
      expect((await executionsOf(cron, job)).map(({ firstId }) => firstId)).toEqual([
        null,
        claimed.execution.id,
        claimed.execution.id,
      ])
      if (isAtWork) {
        const [third] = await claim(cron, minute(9), job)
        await cron.complete(completion(must(third), { status: 'canceled', at: minute(9) }))
      } else await cron.cancelQueued(must((await executionsOf(cron, job))[2]).id, minute(4), 'by Zoë')
      expect(await toldOf()).toMatchObject([
        { event: 'cron.failed', execution: { id: second?.execution.id }, job: { failuresInRow: 1 } },
      ])
    })

    it('tells nothing where nothing had failed before', async () => {
      const { cron } = at().store
      const claimed = await held(cron, { maxRetries: 3 })
      await cron.complete(completion(claimed, { status: 'canceled' }))
      expect((await cron.untold(1_000)).filter((one) => one.job.id === claimed.job.id)).toEqual([])
      expect(await jobNow(cron, claimed.job)).toMatchObject({ failuresInRow: 0 })
    })
  })

  describe('an execution whose lease ran out', () => {
    it('is found from then on', async () => {
      const { cron } = at().store
      const { execution } = await held(cron, { timeoutMs: 30_000 })
      const found = async (time: string) =>
        (await cron.expired(time, 1_000)).filter(({ id }) => id === execution.id)
      expect(await found(minute(0.9))).toEqual([])
      expect(await found(minute(1))).toEqual([{ id: execution.id, fence: 1, retryCount: 0 }])
    })
  })

  describe('an execution that was to enqueue a run, and whose lease ran out', () => {
    const action: CronAction = {
      type: 'enqueue',
      kind: 'report',
      input: null,
      priority: 0,
      maxAttempts: 1,
      timeoutSeconds: null,
      name: null,
      labels: {},
    }
    const enqueue = { action, timeoutMs: 30_000 }

    it('waits again, and whoever held it has it no more', async () => {
      const { cron } = at().store
      const { execution, job } = await held(cron, enqueue)
      const foundExpired = async () =>
        (await cron.expired(minute(1), 1_000)).some(({ id }) => id === execution.id)
      expect(await foundExpired()).toBe(false)
      expect(await cron.requeueExpired(minute(0.9), 1_000)).toBe(0)
      expect(await cron.requeueExpired(minute(1), 1_000)).toBe(1)
      expect(await executionsOf(cron, job)).toMatchObject([
        { status: 'queued', startedAt: null, leaseExpiresAt: null, fence: 1 },
      ])
      expect(await cron.attachRun(execution, newRun())).toBe(false)
      const [again] = await claim(cron, minute(1), job)
      expect(again).toMatchObject({ execution: { id: execution.id, fence: 2 } })
      expect(await cron.attachRun(execution, newRun())).toBe(false)
      expect(await cron.attachRun(must(again).execution, newRun())).toBe(true)
      expect(await cron.requeueExpired(minute(60), 1_000)).toBe(0)
    })

    it('is ended when it had a third turn', async () => {
      const { cron } = at().store
      const { execution, job } = await held(cron, enqueue)
      for (const time of [1, 2]) {
        expect(await cron.requeueExpired(minute(time), 1_000)).toBe(1)
        await claim(cron, minute(time), job)
      }
      expect(await cron.requeueExpired(minute(3), 1_000)).toBe(0)
      const found = (await cron.expired(minute(3), 1_000)).filter(({ id }) => id === execution.id)
      expect(found).toEqual([{ id: execution.id, fence: 3, retryCount: 0 }])
    })

    it('is not ended any more where it had its run meanwhile', async () => {
      const { store } = at()
      const claimed = await held(store.cron, { ...enqueue, maxRetries: 1 })
      const run = newRun({ cronExecutionId: claimed.execution.id })
      expect(await store.cron.attachRun(claimed.execution, run)).toBe(true)
      const gone = failure(claimed, { status: 'timeout', at: minute(5), isExpired: true })
      expect(await store.cron.complete(gone)).toBeNull()
      expect(await executionsOf(store.cron, claimed.job)).toMatchObject([
        { status: 'running', runId: run.id },
      ])
    })
  })

  describe('an execution that waits for a run', () => {
    const waiting = async () => {
      const { cron } = at().store
      const claimed = await held(cron)
      const run = newRun({ projectId: unique('p'), cronExecutionId: claimed.execution.id })
      expect(await cron.attachRun(claimed.execution, run)).toBe(true)
      return { ...claimed, run }
    }
    const endedOf = async (id: string) => (await at().store.cron.ended(1_000)).filter((one) => one.id === id)

    it('has no lease, and is found when its run has ended', async () => {
      const { store } = at()
      const { execution, job, run } = await waiting()
      expect(await executionsOf(store.cron, job)).toMatchObject([
        { status: 'running', runId: run.id, leaseExpiresAt: null },
      ])
      expect(await getRun(store, run.id)).toMatchObject({ cronExecutionId: execution.id })
      expect(await endedOf(execution.id)).toEqual([])
      const [claimed] = await store.runs.claim(claimRequest({ projectId: run.projectId }))
      await moveOne(store, fail(must(claimed), { error: 'no luck', exitCode: 3, memoryPeakBytes: 1_000 }))
      expect(await endedOf(execution.id)).toMatchObject([
        {
          fence: 1,
          startedAt: NOON,
          retryCount: 0,
          run: { state: 'failed', error: 'no luck', errorCode: 'error', exitCode: 3, memoryPeakBytes: 1_000 },
        },
      ])
      await store.cron.complete(failure({ execution }))
      expect(await endedOf(execution.id)).toEqual([])
    })

    it('is found whichever way its run ends', async () => {
      const { store } = at()
      const [good, off] = [await waiting(), await waiting()]
      const [claimed] = await store.runs.claim(claimRequest({ projectId: good.run.projectId }))
      await moveOne(store, succeed(must(claimed), { outputRef: 's3://x' }))
      await moveOne(store, cancel(off.run.id))
      expect(await endedOf(good.execution.id)).toMatchObject([
        { run: { state: 'succeeded', outputRef: 's3://x' } },
      ])
      expect(await endedOf(off.execution.id)).toMatchObject([{ run: { state: 'canceled' } }])
    })

    it('is found when its run is gone', async () => {
      const { store } = at()
      const { execution, run } = await waiting()
      await store.raw(`DELETE FROM runs WHERE id = '${run.id}'`)
      expect(await endedOf(execution.id)).toMatchObject([{ run: null }])
    })

    it('gets no run where it is not held any more', async () => {
      const { store } = at()
      const claimed = await held(store.cron)
      await store.cron.complete(failure(claimed, { status: 'timeout' }))
      const run = newRun()
      expect(await store.cron.attachRun(claimed.execution, run)).toBe(false)
      expect(await store.runs.get([run.id])).toEqual([null])
    })
  })

  describe('canceling an execution', () => {
    it('is for one that waits', async () => {
      const { cron } = at().store
      const job = await makeJob(cron)
      const { id } = must(must(await fire(cron, job))[0])
      expect(await cron.cancelQueued(id, minute(1), 'by Zoë')).toMatchObject({
        status: 'canceled',
        reason: 'by Zoë',
        completedAt: minute(1),
      })
      expect(await cron.cancelQueued(id, minute(1), 'by Zoë')).toBeNull()
      const { execution } = await held(cron)
      expect(await cron.cancelQueued(execution.id, minute(1), 'by Zoë')).toBeNull()
    })
  })
}
