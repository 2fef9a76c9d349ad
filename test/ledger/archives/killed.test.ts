import { describe, expect, it } from 'vitest'
import { archiveRun } from '../../../lib/ledger/archives/archive-run.ts'
import { restoreRun } from '../../../lib/ledger/archives/restore-run.ts'
import { lapse } from '../../contracts/archive-steps.ts'
import { eventTypes, stored } from '../steps.ts'
import { dyingAt } from './dying.ts'
import { archivesOf, expectNothingLost, noise, originalsOf, S3, useArchives } from './steps.ts'

const MIB = 1024 * 1024
/** As little as S3 takes. */
const PARTS = { partBytes: 5 * MIB }
const SMALL = { 'a.csv': 'a,b\n1,2\n', 'b/c.txt': 'x'.repeat(10_000) }
const LARGE = { 'a.bin': noise(5.2 * MIB, 'a'), 'b.txt': 'b' }
const MOST = 120

describe('killed before each call to a store in turn,', () => {
  const at = useArchives(S3)

  // A large one is as a small one up to its first part.
  it.each([
    ['small', SMALL, 1],
    ['large', LARGE, 14],
  ])(
    'the archiving of a %s run loses nothing, and is gone on with',
    { timeout: 600_000 },
    async (_, files, from) => {
      for (let step = from; step <= MOST; step++) {
        const { id, files: originals } = await at().ended(files)
        const killed = dyingAt(at().admin, step)
        const isKilled = await archiveRun(killed.ctx, { id }, PARTS).then(
          () => false,
          () => true,
        )
        await expectNothingLost(at(), id, originals)
        await lapse(at().ledger.store, id)
        await archiveRun(at().admin, { id }, PARTS)
        await expectArchivedOnce(id)
        await restoreRun(at().admin, { id })
        expect(await originalsOf(at(), id)).toEqual(originals)
        await at().objects.deleteMany([...originals.keys(), ...(await archivesOf(at(), id))])
        if (!isKilled) {
          expect(step).toBeGreaterThan(25)
          return
        }
      }
      throw new Error('it has more steps than this test takes')
    },
  )

  it('the restoring of a run loses nothing, and is gone on with', { timeout: 300_000 }, async () => {
    for (let step = 1; step <= MOST; step++) {
      const { id, files: originals } = await at().ended(SMALL)
      await archiveRun(at().admin, { id })
      const killed = dyingAt(at().admin, step)
      const isKilled = await restoreRun(killed.ctx, { id }).then(
        () => false,
        () => true,
      )
      await expectNothingLost(at(), id, originals)
      await lapse(at().ledger.store, id)
      await restoreRun(at().admin, { id })
      expect(await originalsOf(at(), id)).toEqual(originals)
      expect((await eventTypes(at().ledger, id)).filter((type) => type === 'run.restored')).toHaveLength(1)
      if (!isKilled) {
        expect(step).toBeGreaterThan(10)
        return
      }
    }
    throw new Error('it has more steps than this test takes')
  })

  /** One archive, nothing beside it, and one event. */
  async function expectArchivedOnce(id: string): Promise<void> {
    const run = await stored(at().ledger, id)
    expect(run.storageState).toBe('archived')
    expect(await originalsOf(at(), id)).toEqual(new Map())
    const folder = run.folderName ?? ''
    const prefix = `archive/${folder.slice(0, 4)}/${folder.slice(4, 6)}/${folder}`
    expect((await at().objects.list({ prefix })).map(({ key }) => key)).toEqual([run.archivePath])
    expect(await at().objects.listMultiparts({ prefix })).toEqual([])
    expect((await eventTypes(at().ledger, id)).filter((type) => type === 'run.archived')).toHaveLength(1)
  }
})
