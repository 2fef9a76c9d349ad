import { describe, expect, it } from 'vitest'
import { claim, completion, failure, fire, held, jobNow, makeJob, minute, NOON } from './cron-steps.ts'
import { cronFireContract } from './cron-store/fire.ts'
import { cronHistoryContract } from './cron-store/history.ts'
import { cronJobsContract } from './cron-store/jobs.ts'
import { cronRecentContract } from './cron-store/recent.ts'
import { cronSizeContract } from './cron-store/size.ts'
import { cronWorkContract } from './cron-store/work.ts'
import { type Engine, must, useHarness } from './harness.ts'

/** What `lib/ports/cron-store.ts` promises, on one engine. */
export function cronStoreContract(engine: Engine): void {
  describe(`the cron store on ${engine.name}`, () => {
    const at = useHarness(engine)
    cronJobsContract(at)
    cronFireContract(at)
    cronWorkContract(at)
    cronHistoryContract(at)
    cronRecentContract(at)
  })

  describe(`a history of cron on ${engine.name}`, () => cronSizeContract(useHarness(engine)))

  describe(`the outlook of cron on ${engine.name}`, () => {
    const at = useHarness(engine)
    const NOTHING = {
      expired: false,
      ended: false,
      due: false,
      waiting: false,
      behind: 0,
      untold: false,
    }

    it('is the store’s own time, to the millisecond', async () => {
      const { cron } = at().store
      const [now, { at: seen }] = [await cron.now(), await cron.look()]
      expect(new Date(now).toISOString()).toBe(now)
      expect(seen >= now).toBe(true)
      expect(Math.abs(Date.parse(now) - Date.now())).toBeLessThan(60_000)
    })

    it('counts the jobs that are due, from the one that has been so for longest', async () => {
      const { cron } = at().store
      const [now, later] = [minute(-1_000), minute(-995)]
      expect(await cron.overdue(now)).toBe(null)
      const jobs = [
        await makeJob(cron, { nextRunAt: now }),
        await makeJob(cron, { nextRunAt: later }),
        await makeJob(cron, { nextRunAt: minute(-2_000), isEnabled: false }),
        await makeJob(cron, { nextRunAt: null }),
      ]
      expect(await cron.overdue(now)).toEqual({ jobs: 1, since: now })
      expect(await cron.overdue(later)).toEqual({ jobs: 2, since: now })
      for (const { id } of jobs) await cron.deleteJob(id)
    })

    it('follows a job from its time to the end of its retry', async () => {
      const { cron } = at().store
      const NEXT = { nextRetryAt: null, nextRunAt: null }
      expect(await cron.look(NOON)).toEqual({ at: NOON, ...NOTHING, ...NEXT })
      const job = await makeJob(cron, { maxRetries: 1, timeoutMs: 60_000 })
      expect(await cron.look(minute(-1))).toMatchObject({ ...NOTHING, nextRunAt: NOON })
      expect(await cron.look(NOON)).toMatchObject({ ...NOTHING, due: true })
      await fire(cron, job)
      expect(await cron.look(NOON)).toMatchObject({ ...NOTHING, waiting: true, nextRunAt: minute(5) })
      const [first] = await claim(cron, NOON, job)
      expect(await cron.look(minute(1))).toMatchObject(NOTHING)
      expect(await cron.look(minute(1.5))).toMatchObject({ ...NOTHING, expired: true })
      await cron.complete(failure(must(first)))
      const soon = new Date(Date.parse(minute(1)) + 1_000).toISOString()
      expect(await cron.look(minute(1))).toMatchObject({ ...NOTHING, nextRetryAt: soon })
      const [second] = await claim(cron, soon, job)
      await cron.complete(completion(must(second)))
      expect(await cron.look(minute(1))).toMatchObject({ ...NOTHING, untold: true })
      await cron.told([must(second).execution.id])
      expect(await cron.look(minute(1))).toMatchObject(NOTHING)
    })

    it('counts what waits behind another, which is nothing to do yet', async () => {
      const { cron } = at().store
      const { job, execution } = await held(cron, { overlapPolicy: 'queue', nextRunAt: NOON })
      await fire(cron, await jobNow(cron, job))
      expect(await cron.look(minute(5))).toMatchObject({ waiting: false, behind: 1 })
      await cron.complete(completion({ execution }))
      expect(await cron.look(minute(5))).toMatchObject({ waiting: true, behind: 0 })
      await cron.deleteJob(job.id)
    })
  })
}
