import { describe, expect, it } from 'vitest'
import { unique } from '../../support/make.ts'
import {
  claim,
  completion,
  failure,
  fire,
  held,
  makeJob,
  minute,
  NOON,
  newId,
  occurrence,
} from '../cron-steps.ts'
import { type Harness, must } from '../harness.ts'

export function cronRecentContract(at: () => Harness): void {
  describe('what happened lately', () => {
    it('is told of each job by the last attempt at each occurrence, missed and skipped ones too', async () => {
      const { cron } = at().store
      const [one, other, none] = [
        await makeJob(cron, { maxRetries: 1 }),
        await makeJob(cron),
        await makeJob(cron),
      ]
      const occurrences = [
        occurrence({ scheduledFor: minute(-10), status: 'missed', reason: 'nobody was there' }),
        occurrence(),
      ]
      await fire(cron, one, { occurrences })
      const first = must((await claim(cron, NOON, one))[0])
      await cron.complete(failure(first))
      await cron.complete(
        completion(must((await claim(cron, minute(2), one))[0]), { completedAt: minute(3) }),
      )
      await fire(cron, other)
      const recent = await cron.recentOccurrences([one.id, other.id, none.id], 20)
      const of = (id: string) => recent.filter(({ cronJobId }) => cronJobId === id)
      expect(of(one.id)).toMatchObject([
        { status: 'completed', scheduledFor: NOON, retryCount: 1, durationMs: expect.any(Number) },
        { status: 'missed', reason: 'nobody was there', retryCount: 0, durationMs: null },
      ])
      expect(of(other.id)).toMatchObject([{ status: 'queued', triggeredByUserId: null }])
      expect(of(none.id)).toEqual([])
      expect(await cron.recentOccurrences([one.id], 1)).toMatchObject([{ status: 'completed' }])
    })

    it('tells how long it takes by what was completed, and how that goes by all that ended', async () => {
      const { cron } = at().store
      const good = await held(cron, { overlapPolicy: 'allow' })
      const { job } = good
      await cron.complete(completion(good, { completedAt: minute(1), memoryUsageMb: 80 }))
      await cron.trigger({
        id: newId(),
        jobId: job.id,
        at: minute(2),
        overlapPolicy: 'allow',
        triggeredBy: 'manual',
        triggeredByUserId: 'Zoë',
        requestId: 'test',
      })
      const bad = must((await claim(cron, minute(2), job))[0])
      await cron.complete(failure(bad, { at: minute(5), completedAt: minute(5), retry: null }))
      expect(await cron.typicalDurations([job.id, newId()], 100)).toEqual([
        { jobId: job.id, medianDurationMs: 60_000, p95DurationMs: 60_000 },
      ])
      const trend = await cron.trend(job.id, 10)
      expect(trend).toMatchObject([
        { status: 'failed', durationMs: 180_000, memoryUsageMb: null },
        { status: 'completed', durationMs: 60_000, memoryUsageMb: 80 },
      ])
      expect(await cron.trend(job.id, 1)).toEqual([trend[0]])
      expect(await cron.recentOccurrences([job.id], 1)).toMatchObject([
        { scheduledFor: null, triggeredByUserId: 'Zoë' },
      ])
    })
  })

  describe('jobs are found', () => {
    it('by what is wrong with them, by who made them and by a word', async () => {
      const { cron } = at().store
      const prefix = unique('find')
      const make = (name: string, given = {}) => makeJob(cron, { name: `${prefix}-${name}`, ...given })
      await make('fine', { description: 'Counts the Häuser' })
      await make('own', { definition: { name: 'own' } })
      await make('stopped', { problem: 'no such schedule', nextRunAt: null })
      await make('off', { problem: 'no such schedule', nextRunAt: null, isEnabled: false })
      const bad = await held(cron, { name: `${prefix}-failing` })
      await cron.complete(failure(bad, { retry: null }))
      const names = async (filter: object) =>
        (await cron.listJobs({ after: prefix, limit: 5, ...filter }))
          .map(({ name }) => name)
          .filter((name) => name.startsWith(prefix))
          .map((name) => name.slice(prefix.length + 1))
      expect(await names({ isFailing: true })).toEqual(['failing', 'stopped'])
      expect(await names({ isFailing: false })).toEqual(['fine', 'off', 'own'])
      expect(await names({ origin: 'program' })).toEqual(['own'])
      expect(await names({ origin: 'people', isEnabled: true })).toEqual(['failing', 'fine', 'stopped'])
      expect(await names({ contains: 'COUNTS the Häus' })).toEqual(['fine'])
      expect(await names({ contains: `${prefix}-o` })).toEqual(['off', 'own'])
      expect(await names({ contains: '%' })).toEqual([])
    })
  })
}
