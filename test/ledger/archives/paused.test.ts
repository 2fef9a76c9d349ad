import { describe, expect, it } from 'vitest'
import { archiveRun } from '../../../lib/ledger/archives/archive-run.ts'
import { restoreRun } from '../../../lib/ledger/archives/restore-run.ts'
import { deleteOrphans, listOrphans } from '../../../lib/ledger/deletion/orphans.ts'
import { sweepReconcile } from '../../../lib/ledger/deletion/sweep-reconcile.ts'
import { lapse } from '../../contracts/archive-steps.ts'
import { eventTypes, stored } from '../steps.ts'
import { aged } from '../storage-kills/aged.ts'
import { pausedAt } from './dying.ts'
import { archivesOf, expectNothingLost, originalsOf, S3, useArchives } from './steps.ts'

const FILES = { 'a.csv': 'a,b\n1,2\n', 'b/c.txt': 'x'.repeat(10_000) }
const MOST = 120

describe('a worker that is paused past its lease before each call to a store in turn, and goes on', () => {
  const at = useArchives(S3)

  it('archiving, changes nothing of what another has archived', { timeout: 600_000 }, async () => {
    for (let step = 1; step <= MOST; step++) {
      const { id, files } = await at().ended(FILES)
      const paused = pausedAt(at().admin, step)
      const late = archiveRun(paused.ctx, { id }).then(
        () => 'through',
        () => 'refused',
      )
      const isPaused = await Promise.race([late.then(() => false), paused.reached.then(() => true)])
      await lapse(at().ledger.store, id)
      await archiveRun(at().admin, { id })
      const before = await stored(at().ledger, id)
      expect(before.storageState).toBe('archived')
      paused.goOn()
      await late
      await expectNothingLost(at(), id, files)
      expect(await stored(at().ledger, id)).toEqual(before)
      expect(await archivesOf(at(), id)).toEqual([before.archivePath])
      expect(await originalsOf(at(), id)).toEqual(new Map())
      expect((await eventTypes(at().ledger, id)).filter((type) => type === 'run.archived')).toHaveLength(1)
      if (!isPaused) return expect(step).toBeGreaterThan(25)
    }
    throw new Error('it has more steps than this test takes')
  })

  it('archiving, loses nothing of what another has restored', { timeout: 600_000 }, async () => {
    for (let step = 1; step <= MOST; step++) {
      const { id, files } = await at().ended(FILES)
      const paused = pausedAt(at().admin, step)
      const late = archiveRun(paused.ctx, { id }).catch(() => {})
      const isPaused = await Promise.race([late.then(() => false), paused.reached.then(() => true)])
      await lapse(at().ledger.store, id)
      await archiveRun(at().admin, { id })
      await restoreRun(at().admin, { id })
      paused.goOn()
      await late
      await expectNothingLost(at(), id, files)
      // Archived again it is whole, or refused; and restored again, all of it is there.
      await archiveRun(at().admin, { id }).catch(() => {})
      await expectNothingLost(at(), id, files)
      await restoreRun(at().admin, { id })
      expect(await originalsOf(at(), id)).toEqual(files)
      if (!isPaused) return
    }
    throw new Error('it has more steps than this test takes')
  })

  it('restoring, leaves nothing beside what another has archived again that nobody hears of', {
    timeout: 600_000,
  }, async () => {
    for (let step = 1; step <= MOST; step++) {
      const { id, files } = await at().ended(FILES)
      await archiveRun(at().admin, { id })
      const paused = pausedAt(at().admin, step)
      const late = restoreRun(paused.ctx, { id }).catch(() => {})
      const isPaused = await Promise.race([late.then(() => false), paused.reached.then(() => true)])
      await lapse(at().ledger.store, id)
      await restoreRun(at().admin, { id })
      await archiveRun(at().admin, { id })
      paused.goOn()
      await late
      // Where it had not begun, it restores the run now.
      if ((await stored(at().ledger, id)).storageState === 'active') await archiveRun(at().admin, { id })
      const strays = [...(await originalsOf(at(), id)).keys()].toSorted()
      await sweepReconcile(aged(at().admin))
      const { data } = await listOrphans(at().admin)
      expect(data.map(({ key }) => key)).toEqual(strays)
      if (strays.length > 0) await deleteOrphans(at().admin, { keys: strays, reason: 'looked at' })
      expect(await originalsOf(at(), id)).toEqual(new Map())
      await restoreRun(at().admin, { id })
      expect(await originalsOf(at(), id)).toEqual(files)
      if (!isPaused) return
    }
    throw new Error('it has more steps than this test takes')
  })

  it('restoring, changes nothing of what another has restored', { timeout: 600_000 }, async () => {
    for (let step = 1; step <= MOST; step++) {
      const { id, files } = await at().ended(FILES)
      await archiveRun(at().admin, { id })
      const paused = pausedAt(at().admin, step)
      const late = restoreRun(paused.ctx, { id }).catch(() => {})
      const isPaused = await Promise.race([late.then(() => false), paused.reached.then(() => true)])
      await lapse(at().ledger.store, id)
      await restoreRun(at().admin, { id })
      const before = await stored(at().ledger, id)
      paused.goOn()
      await late
      expect(await stored(at().ledger, id)).toEqual(before)
      expect(await originalsOf(at(), id)).toEqual(files)
      if (!isPaused) return expect(step).toBeGreaterThan(10)
    }
    throw new Error('it has more steps than this test takes')
  })
})
