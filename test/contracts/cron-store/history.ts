import { describe, expect, it } from 'vitest'
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

export function cronHistoryContract(at: () => Harness): void {
  /** Five, of which one waits. */
  const past = async () => {
    const { cron } = at().store
    const job = await makeJob(cron)
    const statuses = ['missed', 'skipped', 'missed', 'skipped', 'queued'] as const
    const occurrences = statuses.map((status, n) =>
      occurrence({ scheduledFor: minute(n - 4), status, reason: 'x' }),
    )
    const executions = must(await fire(cron, job, { occurrences }))
    return { cron, job, executions, ids: executions.map(({ id }) => id) }
  }

  describe('executions', () => {
    it('are listed newest first, a page at a time', async () => {
      const { cron, job, ids, executions } = await past()
      const page = async (after?: string) =>
        (
          await cron.listExecutions({
            jobId: job.id,
            limit: 2,
            after: executions.find(({ id }) => id === after),
          })
        ).map(({ id }) => id)
      expect(await page()).toEqual([ids[4], ids[3]])
      expect(await page(ids[3])).toEqual([ids[2], ids[1]])
      expect(await page(ids[1])).toEqual([ids[0]])
    })

    it('are listed by status, by trigger and by time', async () => {
      const { cron, job, ids } = await past()
      const list = async (filter: object) =>
        (await cron.listExecutions({ jobId: job.id, limit: 100, ...filter })).map(({ id }) => id)
      expect(await list({ status: ['missed'] })).toEqual([ids[2], ids[0]])
      expect(await list({ status: ['missed', 'queued'] })).toEqual([ids[4], ids[2], ids[0]])
      expect(await list({ triggeredBy: 'manual' })).toEqual([])
      expect(await list({ triggeredBy: 'scheduler', since: NOON, before: minute(1) })).toHaveLength(5)
      expect(await list({ since: minute(1) })).toEqual([])
      expect(await list({ before: NOON })).toEqual([])
    })

    it('are found by their id, of whichever job', async () => {
      const { cron, executions } = await past()
      expect(await cron.getExecution(must(executions[2]).id)).toEqual(executions[2])
      expect(await cron.getExecution(newId())).toBeNull()
      expect((await cron.listExecutions({ limit: 1_000 })).map(({ id }) => id)).toEqual(
        expect.arrayContaining(executions.map(({ id }) => id)),
      )
    })

    it('are counted by job', async () => {
      const { job: other, ...claimed } = await held(at().store.cron, { maxRetries: 1 })
      const { cron, job, executions } = await past()
      await cron.complete(failure(claimed))
      const none = await makeJob(cron)
      const of = (since: string) => cron.statistics([other.id, job.id, none.id], since)
      expect(await of(NOON)).toEqual([
        {
          jobId: other.id,
          last: (await executionsOf(cron, other)).at(-1),
          lastRun: (await executionsOf(cron, other))[0],
          byStatus: { failed: 1, queued: 1 },
          averageDurationMs: 60_000,
        },
        {
          jobId: job.id,
          last: executions.at(-1),
          lastRun: null,
          byStatus: { missed: 2, skipped: 2, queued: 1 },
          averageDurationMs: null,
        },
        { jobId: none.id, last: null, lastRun: null, byStatus: {}, averageDurationMs: null },
      ])
      expect((await of(minute(24 * 60))).map(({ byStatus }) => byStatus)).toEqual([{}, {}, {}])
    })

    it('are counted as they are, however they came to their end', async () => {
      const { cron } = at().store
      const claimed = await held(cron, { overlapPolicy: 'queue', maxRetries: 1 })
      const { job } = claimed
      const counts = async () => must((await cron.statistics([job.id], NOON))[0])
      await fire(cron, await jobNow(cron, job), { next: 60 })
      expect((await counts()).byStatus).toEqual({ running: 1, queued: 1 })
      await cron.complete(failure(claimed))
      expect((await counts()).byStatus).toEqual({ failed: 1, queued: 2 })
      const waiting = (await executionsOf(cron, job)).filter(({ status }) => status === 'queued')
      await cron.cancelQueued(must(waiting.find(({ retryCount }) => retryCount === 1)).id, minute(5), 'x')
      expect((await counts()).byStatus).toEqual({ failed: 1, canceled: 1, queued: 1 })
      const [next] = await claim(cron, minute(5), job)
      await cron.complete(completion(must(next), { at: minute(8), completedAt: minute(8) }))
      expect(await counts()).toMatchObject({
        byStatus: { failed: 1, canceled: 1, completed: 1 },
        averageDurationMs: 2 * 60_000,
        lastRun: { id: next?.execution.id },
      })
      await fire(cron, await jobNow(cron, job), {
        occurrences: [occurrence({ scheduledFor: minute(65), status: 'missed' })],
      })
      expect(await counts()).toMatchObject({
        byStatus: { failed: 1, canceled: 1, completed: 1, missed: 1 },
        last: { status: 'missed' },
        lastRun: { id: next?.execution.id },
      })
    })

    it('are counted since an instant, and each once', async () => {
      const { cron } = at().store
      const count = async (since: string) =>
        Object.values(await cron.countExecutions(since)).reduce((sum, some) => sum + some, 0)
      const far = (days: number, minutes = 0) => minute(10_000 * 24 * 60 + days * 24 * 60 + minutes)
      const job = await makeJob(cron, { nextRunAt: far(0) })
      for (const days of [0, 1, 2]) {
        const occurrences = [
          occurrence({ scheduledFor: far(days), status: 'missed' }),
          occurrence({ scheduledFor: far(days, 1) }),
        ]
        await fire(cron, await jobNow(cron, job), { at: far(days), occurrences })
      }
      expect(await count(far(0))).toBe(6)
      expect(await count(far(0, 1))).toBe(4)
      expect(await count(far(2))).toBe(2)
      expect(await count(far(2, 1))).toBe(0)
      await cron.deleteJob(job.id)
    })

    it('are in the order of the database’s time, whatever the clock that made their ids', async () => {
      const { cron } = at().store
      const job = await makeJob(cron, { overlapPolicy: 'queue' })
      const [early, late] = ['01ARZ3NDEKTSV4RRFFQ69G5FAV', '7ZZZZZZZZZTSV4RRFFQ69G5FAV']
      await fire(cron, job, { occurrences: [occurrence({ id: late })] })
      const second = occurrence({ id: early, scheduledFor: minute(5) })
      await fire(cron, await jobNow(cron, job), { occurrences: [second] })
      expect((await executionsOf(cron, job)).map(({ id }) => id)).toEqual([late, early])
      expect((await cron.statistics([job.id], NOON))[0]?.last?.id).toBe(early)
      const [first] = await claim(cron, minute(5), job)
      expect(first?.execution.id).toBe(late)
      await cron.complete(completion(must(first)))
      await cron.deleteExecutions(minute(1), 1_000)
      expect((await executionsOf(cron, job)).map(({ id }) => id)).toContain(early)
      await cron.deleteJob(job.id)
    })

    it('that are old are forgotten, but for the last that ran', async () => {
      const { cron } = at().store
      const claimed = await held(cron)
      await cron.complete(completion(claimed))
      const skipped = [5, 10].map((n) => occurrence({ scheduledFor: minute(n), status: 'skipped' }))
      await fire(cron, await jobNow(cron, claimed.job), { occurrences: skipped })
      while ((await cron.deleteExecutions(minute(60), 100)) > 0);
      expect((await executionsOf(cron, claimed.job)).map(({ status }) => status)).toEqual([
        'completed',
        'skipped',
      ])
      expect((await cron.statistics([claimed.job.id], NOON))[0]?.byStatus).toEqual({
        completed: 1,
        skipped: 2,
      })
      await cron.deleteExecutions(minute(36 * 60), 100)
      expect((await cron.statistics([claimed.job.id], NOON))[0]?.byStatus).toEqual({})
    })

    it('that are old are forgotten, but what is open and the last one of each job', async () => {
      const over = await held(at().store.cron)
      const { cron, job, ids } = await past()
      await cron.complete(completion(over))
      const left = async () => (await executionsOf(cron, job)).map(({ id }) => id)
      await cron.deleteExecutions(NOON, 1_000)
      expect(await left()).toEqual(ids)
      let removed = 0
      for (let batch = 3; batch === 3; removed += batch) batch = await cron.deleteExecutions(minute(1), 3)
      expect(removed).toBeGreaterThanOrEqual(4)
      expect(await left()).toEqual([ids[4]])
      expect(await executionsOf(cron, over.job)).toHaveLength(1)
      expect(await jobNow(cron, job)).toMatchObject({ nextRunAt: minute(5) })
    })
  })
}
