import { describe, expect, it } from 'vitest'
import { archived, endedRun, lapse, storedArchive, take, takeOver, taking } from '../archive-steps.ts'
import { type Engine, useHarness } from '../harness.ts'
import { eventTypes, getRun } from '../steps.ts'

export function archiveRaces(engine: Engine): void {
  describe('of several at once', () => {
    const at = useHarness(engine)

    it('one takes a run’s storage', async () => {
      const { several } = at()
      const stores = await several(4)
      const [store] = stores as [(typeof stores)[0]]
      for (let round = 0; round < 10; round++) {
        const { id } = await endedRun(store)
        const taken = await Promise.all(stores.map(({ archives }) => archives.take(taking(id))))
        expect(taken.filter((each) => each !== null)).toHaveLength(1)
        await lapse(store, id)
        const again = await Promise.all(
          stores.map(({ archives }) => archives.take(taking(id, { work: 'resume' }))),
        )
        expect(again.filter((each) => each !== null)).toHaveLength(1)
      }
    })

    it('no more than may be archive', async () => {
      const { several } = at()
      const stores = await several(4)
      const [store] = stores as [(typeof stores)[0]]
      await store.raw(`UPDATE runs SET "storageLeaseExpiresAt" = now() WHERE "storageState" = 'archiving'`)
      const runs = await Promise.all(Array.from({ length: 8 }, () => endedRun(store)))
      const taken = await Promise.all(
        runs.map(({ id }, n) => stores[n % 4]?.archives.take(taking(id, { most: 2 }))),
      )
      expect(taken.filter((each) => each === 'busy')).toHaveLength(6)
    })

    it('who was away does not end what somebody else goes on with', async () => {
      const { several } = at()
      const [store, other] = (await several(2)) as [
        Awaited<ReturnType<typeof several>>[0],
        Awaited<ReturnType<typeof several>>[0],
      ]
      for (let round = 0; round < 10; round++) {
        const { id } = await endedRun(store)
        const { lease } = await take(store, id)
        await storedArchive(store, lease)
        const next = await takeOver(other, lease)
        const [late, right] = await Promise.all([
          store.archives.setArchived(lease, 1, archived()),
          other.archives.setArchived(next, 1, archived()),
        ])
        expect(late).toBeNull()
        expect(right).toMatchObject({ storageState: 'archived' })
        expect((await eventTypes(store, id)).filter((type) => type === 'run.archived')).toHaveLength(1)
        expect(await getRun(store, id)).toEqual(right)
      }
    })
  })
}
