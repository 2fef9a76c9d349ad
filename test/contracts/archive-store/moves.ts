import { describe, expect, it } from 'vitest'
import {
  archived,
  archivedRun,
  by,
  endedRun,
  newArchive,
  newPart,
  storedArchive,
  take,
} from '../archive-steps.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import { eventsOf, eventTypes, expectWellFormed, getRun } from '../steps.ts'

export function movesContract(engine: Engine): void {
  describe('an archive', () => {
    const at = useHarness(engine)

    it('is fixed once an attempt', async () => {
      const { store } = at()
      const { id } = await endedRun(store)
      const { lease } = await take(store, id)
      expect(await store.archives.last(id)).toBeNull()
      const archive = must(await store.archives.freeze(lease, newArchive(id)))
      expect(archive).toEqual({
        runId: id,
        ...newArchive(id),
        status: 'writing',
        uploadId: null,
        bytes: null,
        sha256: null,
        readBack: 0,
        reading: null,
        fault: null,
      })
      expect(await store.archives.last(id)).toEqual(archive)
      expect(await store.archives.freeze(lease, newArchive(id))).toBeNull()
      expect(await store.archives.inForce(id)).toBeNull()
    })

    it('keeps its upload and its parts, of which the later one counts', async () => {
      const { store } = at()
      const { id } = await endedRun(store)
      const { lease } = await take(store, id)
      await store.archives.freeze(lease, newArchive(id))
      expect(await store.archives.note(lease, 1, { uploadId: 'upload-1' })).toBe(true)
      for (const part of [newPart(2), newPart(1), newPart(2, { etag: 'again', bytes: 7 * 2 ** 40 })])
        expect(await store.archives.addPart(lease, 1, part)).toBe(true)
      expect(await store.archives.parts(id, 1)).toEqual([
        newPart(1),
        newPart(2, { etag: 'again', bytes: 7 * 2 ** 40 }),
      ])
      expect(await store.archives.last(id)).toMatchObject({ uploadId: 'upload-1', status: 'writing' })
    })

    it('keeps how far it was read back, until it is true', async () => {
      const { store } = at()
      const { id } = await endedRun(store)
      const { lease } = await take(store, id)
      await store.archives.freeze(lease, newArchive(id))
      const reading = { parts: 1, etag: null, hash: 'aGFzaA==', entryHash: 'ZW50cnk=' }
      expect(await store.archives.note(lease, 1, { status: 'stored', bytes: 1 })).toBe(true)
      expect(await store.archives.note(lease, 1, { reading })).toBe(true)
      expect(await store.archives.note(lease, 1, {})).toBe(true)
      expect(await store.archives.last(id)).toMatchObject({ reading })
      must(await store.archives.setArchived(lease, 1, archived()))
      expect(await store.archives.last(id)).toMatchObject({ reading: null })
    })

    it('is true once it was stored, with the event', async () => {
      const { store } = at()
      const { id } = await endedRun(store)
      const { lease } = await take(store, id)
      await store.archives.freeze(lease, newArchive(id))
      expect(await store.archives.setArchived(lease, 1, archived())).toBeNull()
      await store.archives.note(lease, 1, { status: 'stored', bytes: 1_000 })
      const run = must(await store.archives.setArchived(lease, 1, archived()))
      expectWellFormed(run)
      expect(run).toMatchObject({
        storageState: 'archived',
        archivePath: newArchive(id).key,
        archiveBytes: 1_000,
        archiveSha256: archived().sha256,
        archivedAt: run.archiveVerifiedAt,
      })
      expect(await store.archives.inForce(id)).toMatchObject({ status: 'archived', bytes: 1_000 })
      expect((await eventsOf(store, id)).at(-1)).toMatchObject({
        type: 'run.archived',
        actor: 'system',
        data: { attempt: 1, bytes: 1_000, originalBytes: 20 },
      })
    })

    it('is not true of a run that is held meanwhile', async () => {
      const { store } = at()
      const { id } = await endedRun(store)
      const { lease } = await take(store, id)
      await storedArchive(store, lease)
      await store.raw(`UPDATE runs SET "holdUntil" = now() + interval '1 hour' WHERE id = '${id}'`)
      expect(await store.archives.setArchived(lease, 1, archived())).toBeNull()
      expect(await getRun(store, id)).toMatchObject({ storageState: 'archiving', archivePath: null })
      expect(await eventTypes(store, id)).not.toContain('run.archived')
    })

    it('is taken back before anything is removed, and not after', async () => {
      const { store } = at()
      const { id } = await endedRun(store)
      const { lease } = await take(store, id)
      await storedArchive(store, lease)
      must(await store.archives.setArchived(lease, 1, archived()))
      expect(await store.archives.takeBack(lease, 1, 'a file came late')).toBe(true)
      expect(await getRun(store, id)).toMatchObject({
        storageState: 'archiving',
        archivedAt: null,
        archivePath: null,
        archiveBytes: null,
        archiveSha256: null,
      })
      expect(await store.archives.last(id)).toMatchObject({ status: 'abandoned', fault: 'a file came late' })
      await storedArchive(store, lease, 2)
      must(await store.archives.setArchived(lease, 2, archived()))
      expect(await store.archives.beginRemoving(lease, 2)).toBe(true)
      expect(await store.archives.takeBack(lease, 2, 'too late')).toBe(false)
      expect(await store.archives.beginRemoving(lease, 2)).toBe(true)
      expect(await store.archives.endRemoving(lease, 2)).toBe(true)
      expect(await store.archives.inForce(id)).toMatchObject({ attempt: 2, status: 'kept' })
      expect(await store.archives.extend(lease, 60)).toBe(false)
    })

    it('that is abandoned is cleared, and its number not used again', async () => {
      const { store } = at()
      const { id } = await endedRun(store)
      const { lease } = await take(store, id)
      await storedArchive(store, lease)
      expect(await store.archives.abandon(lease, 1, 'damaged')).toBe(true)
      expect(await store.archives.setArchived(lease, 1, archived())).toBeNull()
      const { key } = newArchive(id)
      expect(await store.archives.abandoned({ runId: id, limit: 10 })).toEqual([
        { runId: id, attempt: 1, key, uploadId: null },
      ])
      await store.archives.setGone(id, 1)
      expect(await store.archives.abandoned({ runId: id, limit: 10 })).toEqual([])
      expect(await store.archives.parts(id, 1)).toEqual([])
      expect(await store.archives.last(id)).toMatchObject({ attempt: 1, status: 'gone', manifest: '' })
      expect(await store.archives.freeze(lease, newArchive(id))).toBeNull()
      must(await store.archives.freeze(lease, newArchive(id, 2)))
    })

    it('is a copy once its run is restored, and abandoned when that is archived again', async () => {
      const { store } = at()
      const { id } = await archivedRun(store)
      const { lease } = await take(store, id, { work: 'restore' })
      expect(await store.archives.inForce(id)).toMatchObject({ attempt: 1, status: 'kept' })
      const etags = [{ key: `jobs/${id}/1/a.csv`, etag: 'new' }]
      const run = must(await store.archives.setRestored(lease, { ...by('person'), etags }))
      expectWellFormed(run)
      expect(run).toMatchObject({ storageState: 'active', archivePath: null, archivedAt: null })
      expect(run.restoredAt).not.toBeNull()
      expect(await store.outputs.find(id, 'a.csv')).toMatchObject({ etag: 'new' })
      expect(await store.outputs.find(id, 'b/c.csv')).toMatchObject({ etag: '"etag"' })
      expect((await eventsOf(store, id)).at(-1)).toMatchObject({ type: 'run.restored', actor: 'person' })
      expect(await store.archives.last(id)).toMatchObject({ status: 'restored' })
      expect(await store.archives.inForce(id)).toBeNull()
      expect(await store.archives.extend(lease, 60)).toBe(false)
      const again = await take(store, id)
      await storedArchive(store, again.lease, 2)
      must(await store.archives.setArchived(again.lease, 2, archived()))
      expect(await store.archives.abandoned({ runId: id, limit: 10 })).toMatchObject([{ attempt: 1 }])
    })

    it('of a deleted run that is restored is as if it had never been deleted', async () => {
      const { store } = at()
      const { id } = await archivedRun(store)
      await store.raw(
        `UPDATE runs SET "storageState" = 'deleted', "deletedAt" = now(), "purgeAfter" = now() + interval '1 hour', "deletionReason" = 'age' WHERE id = '${id}'`,
      )
      const { lease } = await take(store, id, { work: 'restore' })
      expect(await store.archives.setRestored(lease, { ...by('person'), etags: [] })).toMatchObject({
        storageState: 'active',
        deletedAt: null,
        purgeAfter: null,
        deletionReason: null,
      })
    })
  })
}
