import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { CronJob } from '../../../lib/run/cron-job.ts'
import { unique } from '../../support/make.ts'
import { executionsOf, fire, jobNow, makeJob, minute, NOON, newCronJob, occurrence } from '../cron-steps.ts'
import { type Harness, must } from '../harness.ts'

export function cronJobsContract(at: () => Harness): void {
  describe('jobs', () => {
    it('are kept as they are given', async () => {
      const { cron } = at().store
      const given = newCronJob({
        description: 'Zoë’s "report"',
        timeZone: 'Europe/Berlin',
        action: {
          type: 'enqueue',
          kind: 'report',
          input: { to: ['a', null], depth: { n: 1.5 } },
          priority: 2,
          maxAttempts: 3,
          timeoutSeconds: null,
          name: null,
          labels: { team: 'data' },
        },
        projectId: 'acme',
        definition: { name: 'x' },
      })
      const job = must(await cron.insertJob(given, NOON))
      expect(job).toEqual({
        ...given,
        changes: {},
        failuresInRow: 0,
        createdAt: NOON,
        updatedAt: NOON,
        lastModifiedBy: 'test',
      })
      expect(CronJob.parse(job)).toEqual(job)
      expect(await cron.getJob(given.id)).toEqual(job)
      expect(await cron.getJob(given.name)).toEqual(job)
      expect(await cron.getJob(ulid())).toBeNull()
    })

    it('have a name nobody else has', async () => {
      const { cron } = at().store
      const { name } = await makeJob(cron)
      expect(await cron.insertJob(newCronJob({ name }), NOON)).toBeNull()
      const other = await makeJob(cron)
      await expect(cron.updateJob(other, { name }, NOON)).rejects.toMatchObject({ code: 'conflict' })
      expect(await jobNow(cron, other)).toEqual(other)
    })

    it('are listed by name, a page at a time, enabled ones alone if asked', async () => {
      const { cron } = at().store
      const prefix = unique('list')
      for (const n of [3, 1, 2]) await makeJob(cron, { name: `${prefix}-${n}`, isEnabled: n !== 2 })
      const names = async (options: { isEnabled?: boolean; limit: number }) =>
        (await cron.listJobs({ after: prefix, ...options })).map(({ name }) => name)
      expect(await names({ limit: 3 })).toEqual([1, 2, 3].map((n) => `${prefix}-${n}`))
      expect(await names({ limit: 2 })).toEqual([1, 2].map((n) => `${prefix}-${n}`))
      expect(await names({ limit: 2, isEnabled: true })).toEqual([1, 3].map((n) => `${prefix}-${n}`))
    })

    it('are changed where they are as they were seen, and each change can be told from the last', async () => {
      const { cron } = at().store
      const job = await makeJob(cron)
      const changed = must(await cron.updateJob(job, { timeoutMs: 5_000, description: 'x' }, job.updatedAt))
      expect(changed).toMatchObject({
        ...job,
        timeoutMs: 5_000,
        description: 'x',
        updatedAt: expect.any(String),
      })
      expect(changed.updatedAt > job.updatedAt).toBe(true)
      expect(await cron.updateJob(job, { timeoutMs: 6_000 }, NOON)).toBeNull()
      const changes = { isEnabled: { by: 'Zoë', at: NOON, from: true } }
      const off = must(await cron.updateJob(changed, { isEnabled: false, nextRunAt: null, changes }, NOON))
      expect(off).toMatchObject({ isEnabled: false, nextRunAt: null, changes })
      expect(await cron.updateJob({ ...off, nextRunAt: NOON }, { timeoutMs: 6_000 }, NOON)).toBeNull()
      expect(await jobNow(cron, job)).toEqual(off)
    })

    it('changed by ten callers at once are changed by one of them', async () => {
      const { cron } = at().store
      const job = await makeJob(cron)
      const tries = Array.from({ length: 10 }, (_, n) => cron.updateJob(job, { timeoutMs: 1_000 + n }, NOON))
      expect((await Promise.all(tries)).filter((one) => one !== null)).toHaveLength(1)
    })

    it('are due when their time has come, the longest due first, and not while disabled', async () => {
      const { cron } = at().store
      const [later, first, off, next] = [
        await makeJob(cron, { nextRunAt: minute(1) }),
        await makeJob(cron, { nextRunAt: minute(-1) }),
        await makeJob(cron, { isEnabled: false }),
        await makeJob(cron, { nextRunAt: minute(2) }),
      ]
      const mine = new Set([later, first, off, next].map(({ id }) => id))
      const due = (await cron.due(minute(1), 1_000)).map(({ id }) => id).filter((id) => mine.has(id))
      expect(due).toEqual([first.id, later.id])
    })

    it('take turns where one has more to record than a firing does', async () => {
      const { cron } = at().store
      const names = [unique('backlog'), unique('other'), unique('later')] as const
      const [backlog, other, later] = [
        await makeJob(cron, { name: names[0], nextRunAt: minute(-600) }),
        await makeJob(cron, { name: names[1], nextRunAt: minute(-2) }),
        await makeJob(cron, { name: names[2], nextRunAt: minute(-1) }),
      ]
      const due = async (at: string) =>
        (await cron.due(at, 1_000))
          .map(({ name }) => name)
          .filter((name) => names.some((mine) => mine === name))
      expect(await due(NOON)).toEqual(names)
      const given = { overlapPolicy: 'skip', requestId: 'test', tellsMissed: false } as const
      await cron.fire({ ...given, occurrences: [], seen: backlog, at: NOON, nextRunAt: minute(-300) })
      expect(await due(NOON)).toEqual([other.name, later.name, backlog.name])
      for (const job of [backlog, other, later]) await cron.deleteJob(job.id)
    })

    it('keep the last twenty changes that are noted, newest first', async () => {
      const { cron } = at().store
      let job = await makeJob(cron)
      for (let n = 1; n <= 22; n++) {
        const fields = { timeoutMs: { from: job.timeoutMs, to: n * 1_000 } }
        job = must(
          await cron.updateJob(job, { timeoutMs: n * 1_000 }, minute(n), { change: { by: 'Zoë', fields } }),
        )
      }
      await cron.updateJob(job, { maxRetries: 1 }, minute(30))
      const changes = await cron.changesOf(job.id)
      expect(changes).toHaveLength(20)
      expect(changes[0]).toEqual({
        at: minute(22),
        by: 'Zoë',
        fields: { timeoutMs: { from: 21_000, to: 22_000 } },
      })
      expect(changes.at(-1)).toMatchObject({ at: minute(3) })
      expect(await cron.changesOf(ulid())).toEqual([])
      await cron.deleteJob(job.id)
    })

    it('lose their executions a piece at a time, what is open first', async () => {
      const { cron } = at().store
      const job = await makeJob(cron, { overlapPolicy: 'queue' })
      const statuses = ['missed', 'missed', 'queued', 'missed', 'queued'] as const
      await fire(cron, job, {
        occurrences: statuses.map((status, n) => occurrence({ scheduledFor: minute(n - 5), status })),
      })
      expect(await cron.deleteExecutionsOf(job.id, 2)).toBe(2)
      expect((await executionsOf(cron, job)).map(({ status }) => status)).toEqual(Array(3).fill('missed'))
      expect(await cron.deleteExecutionsOf(job.id, 2)).toBe(2)
      expect(await cron.deleteExecutionsOf(job.id, 2)).toBe(1)
      expect(await cron.deleteJob(job.id)).toBe(true)
      expect(await cron.statistics([job.id], NOON)).toMatchObject([{ byStatus: {} }])
    })

    it('are deleted once, with their executions', async () => {
      const { cron } = at().store
      const job = await makeJob(cron)
      expect(await cron.deleteJob(job.id)).toBe(true)
      expect(await cron.deleteJob(job.id)).toBe(false)
      expect(await cron.getJob(job.id)).toBeNull()
    })

    it('are counted by how they stand', async () => {
      const { cron } = at().store
      const before = await cron.countJobs()
      await makeJob(cron)
      await makeJob(cron, { isEnabled: false })
      await makeJob(cron, { problem: 'no such zone', nextRunAt: null })
      expect(await cron.countJobs()).toEqual({
        ...before,
        total: before.total + 3,
        enabled: before.enabled + 2,
        withProblem: before.withProblem + 1,
      })
    })
  })

  describe('settings', () => {
    it('are kept one by one, with who set them', async () => {
      const { cron } = at().store
      await cron.putSettings({ paused: false, defaultTimeoutMs: 5_000 }, 'Zoë')
      await cron.putSettings({ defaultTimeoutMs: 6_000 }, 'Bob')
      const settings = new Map((await cron.settings()).map((one) => [one.key, one]))
      expect(settings.get('paused')).toMatchObject({ value: false, updatedBy: 'Zoë' })
      expect(settings.get('defaultTimeoutMs')).toMatchObject({ value: 6_000, updatedBy: 'Bob' })
    })
  })
}
