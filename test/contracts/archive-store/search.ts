import { describe, expect, it } from 'vitest'
import type { StoragePosition } from '../../../lib/ports/archive-store.ts'
import type { Output } from '../../../lib/ports/output-store.ts'
import { unique } from '../../support/make.ts'
import { archivedRun, by, endedRun, take } from '../archive-steps.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import { moved } from '../log-steps.ts'
import { getRun, startRun, succeed } from '../steps.ts'

const FUTURE = '2999-01-01T00:00:00.000Z'

export function searchContract(engine: Engine): void {
  describe('what there is to archive', () => {
    const at = useHarness(engine)

    it('is what has ended and left files, the longest ago first, page by page', async () => {
      const { store, shift } = at()
      const runs = [await endedRun(store), await endedRun(store), await endedRun(store)]
      for (const [n, { id }] of runs.entries()) await shift([id], 'finishedAt', -1_000 * (3 - n))
      const without = await startRun(store, { projectId: unique('p') })
      await moved(store, succeed(without))
      await startRun(store, { projectId: unique('p') })
      await archivedRun(store)
      const found: string[] = []
      let after: StoragePosition | undefined
      for (let pages = 0; pages < 10; pages++) {
        const page = await store.archives.candidates({ before: FUTURE, after, limit: 2 })
        found.push(...page.runs.map(({ id }) => id))
        if (page.next === null) break
        after = page.next
      }
      expect(found).toEqual(runs.map(({ id }) => id))
      const first = must(runs[0])
      const { finishedAt } = await getRun(store, first.id)
      const early = await store.archives.candidates({ before: must(finishedAt), limit: 10 })
      expect(early).toEqual({ runs: [], next: null })
      const whole = await store.archives.candidates({ before: FUTURE, limit: 1 })
      expect(whole.runs).toEqual([await getRun(store, first.id)])
    })

    it('is the committed files of every attempt, page by page', async () => {
      const { store } = at()
      const { id, fence } = await endedRun(store)
      await store.raw(
        `INSERT INTO outputs ("runId", fence, path, bytes, "contentType", "objectKey", "committedAt")
         SELECT "runId", fence + n, path, bytes, "contentType", "objectKey" || n, CASE WHEN n = 1 THEN now() END
         FROM outputs CROSS JOIN generate_series(1, 2) AS n WHERE "runId" = '${id}'`,
      )
      const found: Output[] = []
      for (let pages = 0; pages < 10; pages++) {
        const page = await store.archives.outputs(id, { after: found.at(-1), limit: 1 })
        if (page.length === 0) break
        found.push(...page)
      }
      expect(found.map(({ path, fence: of }) => [path, of])).toEqual([
        ['a.csv', fence],
        ['a.csv', fence + 1],
        ['b/c.csv', fence],
        ['b/c.csv', fence + 1],
      ])
    })

    it('is what somebody has begun and gone away from', async () => {
      const { store } = at()
      const { id } = await endedRun(store)
      const { lease } = await take(store, id)
      expect((await store.archives.stalled(100)).map((run) => run.id)).not.toContain(id)
      await store.archives.release(lease, 0)
      expect(await store.archives.stalled(100)).toContainEqual({ id, storageState: 'archiving' })
      expect(await store.archives.stalled(0)).toEqual([])
    })
  })

  describe('what there is to verify', () => {
    const at = useHarness(engine)

    it('is every archive in force, those that were read longest ago first', async () => {
      const { store } = at()
      const [one, two] = [await archivedRun(store), await archivedRun(store)]
      await store.raw(
        `UPDATE archives SET "verifiedAt" = now() - interval '1 day' WHERE "runId" = '${two.id}'`,
      )
      const all = async () =>
        (await store.archives.leastVerified({ before: FUTURE, limit: 10 })).map(({ runId }) => runId)
      expect(await all()).toEqual([two.id, one.id])
      const before = await getRun(store, two.id)
      await store.archives.noteRead(two.id, 1, null)
      expect(await all()).toEqual([one.id, two.id])
      const after = await getRun(store, two.id)
      expect(must(after.archiveVerifiedAt) >= must(before.archiveVerifiedAt)).toBe(true)
      const { lease } = await take(store, one.id, { work: 'restore' })
      await store.archives.setRestored(lease, { ...by('person'), etags: [] })
      expect(await all()).toEqual([two.id])
    })

    it('keeps how far one was read, which is first in turn again where that was left in good order', async () => {
      const { store } = at()
      const [one, two] = [await archivedRun(store), await archivedRun(store)]
      const all = async () =>
        (await store.archives.leastVerified({ before: FUTURE, limit: 10 }))
          .map(({ runId }) => runId)
          .filter((id) => id === one.id || id === two.id)
      const reading = { parts: 2, etag: 'e', hash: 'aGFzaA==', entryHash: null }
      await store.archives.noteReading(one.id, 1, reading)
      await store.archives.noteReading(one.id, 1, null)
      expect(await store.archives.inForce(one.id)).toMatchObject({ reading })
      expect(await all()).toEqual([two.id, one.id])
      await store.archives.pauseReading(one.id, 1)
      expect(await all()).toEqual([one.id, two.id])
      await store.archives.noteRead(one.id, 1, null)
      expect(await store.archives.inForce(one.id)).toMatchObject({ reading: null })
      expect(await all()).toEqual([two.id, one.id])
    })

    it('keeps what is wrong, and when it was right', async () => {
      const { store } = at()
      const { id } = await archivedRun(store)
      const { archiveVerifiedAt } = await getRun(store, id)
      await store.archives.noteRead(id, 1, 'a byte is another')
      expect(await store.archives.inForce(id)).toMatchObject({ fault: 'a byte is another' })
      expect(await getRun(store, id)).toMatchObject({ archiveVerifiedAt })
    })
  })
}
