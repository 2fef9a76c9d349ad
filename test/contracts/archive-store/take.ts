import { describe, expect, it } from 'vitest'
import { newRun, unique } from '../../support/make.ts'
import { archivedRun, by, endedRun, lapse, take, taking } from '../archive-steps.ts'
import { type Engine, useHarness } from '../harness.ts'
import { appendSizes, moved } from '../log-steps.ts'
import { newOutput } from '../output-steps.ts'
import { enqueue, expectWellFormed, fail, getRun, moveOne, retry, startRun, succeed } from '../steps.ts'

export function takeContract(engine: Engine): void {
  describe('taking a run’s storage', () => {
    const at = useHarness(engine)

    it('to archive it makes it archiving, for one', async () => {
      const { store } = at()
      const { id } = await endedRun(store)
      const { run, lease } = await take(store, id)
      expect(run).toEqual(await getRun(store, id))
      expectWellFormed(run)
      expect(run).toMatchObject({ storageState: 'archiving', state: 'succeeded' })
      expect(lease).toEqual({ runId: id, storageFence: 1 })
      for (const work of ['archive', 'restore', 'resume'] as const)
        expect(await store.archives.take(taking(id, { work }))).toBeNull()
    })

    it('to archive it is refused before it has ended, and where there is none', async () => {
      const { store } = at()
      const running = await startRun(store, { projectId: unique('p') })
      const [queued] = await enqueue(store, newRun({ projectId: unique('p') }))
      for (const id of [running.id, queued?.id ?? '', newRun().id])
        expect(await store.archives.take(taking(id))).toBeNull()
    })

    it('to archive it is refused while it is held', async () => {
      const { store } = at()
      const { id } = await endedRun(store)
      await store.raw(`UPDATE runs SET "holdUntil" = now() + interval '1 hour' WHERE id = '${id}'`)
      expect(await store.archives.take(taking(id))).toBeNull()
      await store.raw(`UPDATE runs SET "holdUntil" = now() - interval '1 hour' WHERE id = '${id}'`)
      await take(store, id)
    })

    it('to archive it is refused while its log is in pieces', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      await appendSizes(store, run, 10)
      await moved(store, succeed(run))
      expect(await store.archives.take(taking(run.id))).toBeNull()
      await store.logs.setObject(run.id, { logFile: 'logs/a.log', objectBytes: 10, previousObjectBytes: 0 })
      expect(await store.archives.take(taking(run.id))).toBeNull()
      await store.logs.forgetChunks(run.id)
      await take(store, run.id)
    })

    it('to archive it is refused while an upload is on its way', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      const reserved = await store.outputs.reserve(newOutput(run, 'late.csv'))
      await moved(store, succeed(run))
      expect(await store.archives.take(taking(run.id))).toBeNull()
      await store.outputs.forget(reserved ? [reserved] : [])
      await take(store, run.id)
    })

    it('to archive it is busy while so many others are, whose leases live', async () => {
      const { store } = at()
      const [one, two, three] = [await endedRun(store), await endedRun(store), await endedRun(store)]
      const first = await store.raw(
        `SELECT count(*)::int AS count FROM runs WHERE "storageState" = 'archiving' AND "storageLeaseExpiresAt" > now()`,
      )
      const most = (first[0] as { count: number }).count + 2
      for (const { id } of [one, two]) await take(store, id, { most })
      expect(await store.archives.take(taking(three.id, { most }))).toBe('busy')
      expect(await getRun(store, three.id)).toMatchObject({ storageState: 'active' })
      await lapse(store, one.id)
      await take(store, three.id, { most })
      expect(await store.archives.take(taking(one.id, { most, work: 'resume' }))).toBe('busy')
    })

    it('to restore it makes it restoring, where it is archived and nobody is at it', async () => {
      const { store } = at()
      const { id } = await archivedRun(store)
      expect((await take(store, id, { work: 'restore', most: 0 })).run).toMatchObject({
        storageState: 'restoring',
        archivePath: expect.any(String),
      })
      expect(await store.archives.take(taking(id, { work: 'restore' }))).toBeNull()
      const active = await endedRun(store)
      expect(await store.archives.take(taking(active.id, { work: 'restore' }))).toBeNull()
    })

    it('to repair it makes the copy its archive again, where it is active and has one', async () => {
      const { store } = at()
      const { id } = await archivedRun(store)
      expect(await store.archives.take(taking(id, { work: 'repair' }))).toBeNull()
      const archived = await getRun(store, id)
      const { lease } = await take(store, id, { work: 'restore' })
      await store.archives.setRestored(lease, { ...by('ada'), etags: [] })
      expect(await store.archives.restored(id)).toMatchObject({ attempt: 1, status: 'restored' })
      const repairing = await take(store, id, { work: 'repair' })
      const { archivePath, archiveBytes, archiveSha256 } = archived
      expect(repairing.run).toMatchObject({
        storageState: 'restoring',
        archivePath,
        archiveBytes,
        archiveSha256,
      })
      expect(await store.archives.inForce(id)).toMatchObject({ attempt: 1, status: 'kept' })
      expect(await store.archives.restored(id)).toBeNull()
      expect(await store.archives.giveUp(repairing.lease)).toMatchObject({ storageState: 'archived' })
      const never = await endedRun(store)
      expect(await store.archives.take(taking(never.id, { work: 'repair' }))).toBeNull()
    })

    it('to restore it is possible of one that was deleted, while its archive is there', async () => {
      const { store } = at()
      const { id } = await archivedRun(store)
      const deleted = (purge: string) =>
        store.raw(
          `UPDATE runs SET "storageState" = 'deleted', "deletedAt" = now(), "purgeAfter" = now() + interval '${purge}' WHERE id = '${id}'`,
        )
      await deleted('-1 hour')
      expect(await store.archives.take(taking(id, { work: 'restore' }))).toBeNull()
      await deleted('1 hour')
      const { lease } = await take(store, id, { work: 'restore' })
      expect(await store.archives.giveUp(lease)).toMatchObject({ storageState: 'deleted' })
    })

    it('stops its late writers, and retries', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      await moved(store, fail(run, { errorCode: 'lost' }))
      await take(store, run.id)
      expect(await store.outputs.reserve(newOutput(run, 'a'))).toBeNull()
      await expect(appendSizes(store, run, 10)).rejects.toThrow()
      expect(await store.logs.state(run.id)).toMatchObject({ isOpen: false })
      expect(await moveOne(store, retry(run.id, { storageState: 'active' }))).toBeNull()
    })
  })
}
