import { describe, expect, it } from 'vitest'
import {
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
      const { cron, job, ids } = await past()
      const page = async (after?: string) =>
        (await cron.listExecutions({ jobId: job.id, limit: 2, after })).map(({ id }) => id)
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
          byStatus: { failed: 1, queued: 1 },
          averageDurationMs: 60_000,
        },
        {
          jobId: job.id,
          last: executions.at(-1),
          byStatus: { missed: 2, skipped: 2, queued: 1 },
          averageDurationMs: null,
        },
        { jobId: none.id, last: null, byStatus: {}, averageDurationMs: null },
      ])
      expect((await of(minute(10))).map(({ byStatus }) => byStatus)).toEqual([{}, {}, {}])
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
