import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import {
  archived,
  archivedRun,
  by,
  endedRun,
  lapse,
  newArchive,
  newPart,
  take,
  takeOver,
  taking,
} from '../archive-steps.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import { eventTypes, getRun } from '../steps.ts'

export function leaseContract(engine: Engine): void {
  describe('a lease on storage', () => {
    const at = useHarness(engine)

    it('that has expired is taken by somebody else, whose fence is the next', async () => {
      const { store } = at()
      const { id } = await endedRun(store)
      const { lease } = await take(store, id)
      expect(await store.archives.extend(lease, 60)).toBe(true)
      await lapse(store, id)
      const next = await take(store, id, { work: 'resume' })
      expect(next.lease).toEqual({ runId: id, storageFence: lease.storageFence + 1 })
      expect(next.run.storageState).toBe('archiving')
      expect(await store.archives.extend(lease, 60)).toBe(false)
      expect(await store.archives.extend(next.lease, 60)).toBe(true)
    })

    it('that has expired and that nobody took may be extended', async () => {
      const { store } = at()
      const { id } = await endedRun(store)
      const { lease } = await take(store, id)
      await lapse(store, id)
      expect(await store.archives.extend(lease, 60)).toBe(true)
      expect(await store.archives.take(taking(id, { work: 'resume' }))).toBeNull()
    })

    it('that was let go of may be taken when its time has come', async () => {
      const { store } = at()
      const { id } = await endedRun(store)
      const { lease } = await take(store, id)
      await store.archives.release(lease, 3_600)
      expect(await store.archives.take(taking(id, { work: 'resume' }))).toBeNull()
      await store.archives.release(lease, 0)
      expect((await store.archives.stalled(100)).map((run) => run.id)).toContain(id)
      await take(store, id, { work: 'resume' })
    })

    it('that is lost changes nothing any more, whatever its holder does', async () => {
      const { store } = at()
      const { id } = await endedRun(store)
      const { lease } = await take(store, id)
      must(await store.archives.freeze(lease, newArchive(id)))
      await store.archives.addPart(lease, 1, newPart(1))
      const next = await takeOver(store, lease)
      const before = await whole(id)
      // So that a change would show.
      await delay(5)
      const { archives } = store
      expect(await archives.extend(lease, 60)).toBe(false)
      await archives.release(lease, 0)
      expect(await archives.giveUp(lease)).toBeNull()
      expect(await archives.freeze(lease, newArchive(id, 2))).toBeNull()
      expect(await archives.note(lease, 1, { status: 'stored', bytes: 1, uploadId: 'x' })).toBe(false)
      expect(await archives.addPart(lease, 1, newPart(1, { etag: 'another' }))).toBe(false)
      expect(await archives.abandon(lease, 1, 'no')).toBe(false)
      expect(await archives.takeBack(lease, 1, 'no')).toBe(false)
      expect(await archives.beginRemoving(lease, 1)).toBe(false)
      expect(await archives.endRemoving(lease, 1)).toBe(false)
      expect(await archives.setRestored(lease, { ...by('late'), etags: [] })).toBeNull()
      expect(await archives.setArchived(lease, 1, archived())).toBeNull()
      expect(await whole(id)).toEqual(before)
      expect(await archives.extend(next, 60)).toBe(true)
    })

    it('ends with giving up, and the run is where it was', async () => {
      const { store } = at()
      const { id } = await endedRun(store)
      const { lease } = await take(store, id)
      expect(await store.archives.giveUp(lease)).toMatchObject({ storageState: 'active' })
      expect(await store.archives.extend(lease, 60)).toBe(false)
      expect((await store.archives.stalled(100)).map((run) => run.id)).not.toContain(id)
      const away = await archivedRun(store)
      const restoring = await take(store, away.id, { work: 'restore' })
      expect(await store.archives.giveUp(restoring.lease)).toMatchObject({ storageState: 'archived' })
    })

    it('that is given up over an archive whose originals were being removed is gone on with, if that is not damaged', async () => {
      const { store } = at()
      for (const isDamaged of [false, true]) {
        const { id } = await archivedRun(store)
        await store.raw(`UPDATE archives SET status = 'removing' WHERE "runId" = '${id}'`)
        const { lease } = await take(store, id, { work: 'restore' })
        expect(await store.archives.giveUp(lease, isDamaged)).toMatchObject({ storageState: 'archived' })
        const stalled = (await store.archives.stalled(100)).map((run) => run.id)
        expect(stalled.includes(id)).toBe(!isDamaged)
      }
    })

    async function whole(id: string) {
      const { store } = at()
      return {
        run: await getRun(store, id),
        archive: await store.archives.last(id),
        parts: await store.archives.parts(id, 1),
        events: await eventTypes(store, id),
        row: await store.raw(`SELECT * FROM runs WHERE id = '${id}'`),
      }
    }
  })
}
