import { describe, expect, it } from 'vitest'
import { archiveRun } from '../../../lib/ledger/archives/archive-run.ts'
import { restoreRun } from '../../../lib/ledger/archives/restore-run.ts'
import { resumeStorage } from '../../../lib/ledger/archives/resume-storage.ts'
import { verifyArchive } from '../../../lib/ledger/archives/verify-archive.ts'
import { releaseRun } from '../../../lib/ledger/retention/hold-run.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { folderOf } from '../../../lib/run/folder.ts'
import { lapse } from '../../contracts/archive-steps.ts'
import { must } from '../../contracts/harness.ts'
import { stored } from '../steps.ts'
import { archivesOf, flipByte, type Made, noise, originalsOf, PLACES, useArchives } from './steps.ts'

const FILES = { 'a.bin': noise(20_000, 'a'), 'b.txt': 'b', 'c.txt': 'c' }

describe.each(PLACES)(
  'what was archived by somebody who went away before the originals were gone, on $name',
  (place) => {
    const at = useArchives(place)

    /** Killed right before the first original was removed, or right after; and the key of its archive. */
    async function left(when: 'before' | 'after' = 'before'): Promise<Made & { key: string }> {
      const made = await at().ended(FILES)
      const { archives, objects } = at().admin
      const killed: Context = {
        ...at().admin,
        archives: {
          ...archives,
          async beginRemoving(lease, attempt) {
            if (when === 'before') throw new Error('killed')
            return await archives.beginRemoving(lease, attempt)
          },
        },
        objects: {
          ...objects,
          async deleteMany([first]) {
            await objects.deleteMany([must(first)])
            throw new Error('killed')
          },
        },
      }
      await expect(archiveRun(killed, { id: made.id })).rejects.toThrow('killed')
      await lapse(at().ledger.store, made.id)
      const { storageState, archivePath } = await stored(at().ledger, made.id)
      expect(storageState).toBe('archived')
      return { ...made, key: must(archivePath) }
    }

    const resume = () => resumeStorage(at().admin, { until: at().admin.now() + 600_000 })

    it.each([
      ['has gone', async (key: string) => void (await at().objects.deleteMany([key]))],
      [
        'is another object',
        async (key: string) => void (await at().objects.put(key, Buffer.from('another'))),
      ],
    ])('is made anew where the archive %s, and nothing is removed before', async (_, spoil) => {
      const { id, key, files } = await left()
      await spoil(key)
      expect(await originalsOf(at(), id)).toEqual(files)
      expect(await resume()).toMatchObject({ resumed: 1, errors: [] })
      const { archivePath } = await stored(at().ledger, id)
      expect(archivePath).toContain('~2.tar.gz')
      expect(await archivesOf(at(), id)).toEqual([archivePath])
      expect(await originalsOf(at(), id)).toEqual(new Map())
      await restoreRun(at().admin, { id })
      expect(await originalsOf(at(), id)).toEqual(files)
    })

    it('is where it was before where the archive was found to be damaged, and its run is held', async () => {
      const { id, key, files } = await left()
      await flipByte(at().objects, key)
      expect(await verifyArchive(at().admin, id)).toMatchObject({ fault: expect.stringMatching(/./) })
      await resume()
      expect(await originalsOf(at(), id)).toEqual(files)
      expect((await stored(at().ledger, id)).storageState).toBe('active')
      await releaseRun(at().admin, { id, reason: 'it was seen to' })
      await archiveRun(at().admin, { id })
      await restoreRun(at().admin, { id })
      expect(await originalsOf(at(), id)).toEqual(files)
    })

    it('keeps the originals that are left where the archive has gone in between', async () => {
      const { id, key } = await left('after')
      const there = await originalsOf(at(), id)
      expect(there.size).toBe(3)
      await at().objects.deleteMany([key])
      for (let pass = 0; pass < 2; pass++) {
        expect(await resume()).toMatchObject({
          resumed: 0,
          errors: [
            { item: id, message: expect.stringMatching(/what is left of the originals .* is not removed/) },
          ],
        })
        expect(await originalsOf(at(), id)).toEqual(there)
        await lapse(at().ledger.store, id)
      }
      await at().ledger.store.raw(`DELETE FROM runs WHERE id = '${id}'`)
    })

    it('is not made anew for a file that came where others of it are only in the archive', async () => {
      const { id, key, files } = await left()
      const folder = folderOf(await stored(at().ledger, id))
      const [gone] = [...files.keys()].filter((original) => original.endsWith('b.txt'))
      await at().objects.deleteMany([must(gone)])
      const late = `jobs/${folder}/late.txt`
      await at().objects.put(late, Buffer.from('late'))
      expect(await resume()).toMatchObject({ resumed: 1, errors: [] })
      expect(await archivesOf(at(), id)).toEqual([key])
      expect([...(await originalsOf(at(), id)).keys()]).toEqual([late])
      await restoreRun(at().admin, { id })
      const restored = await originalsOf(at(), id)
      restored.delete(late)
      expect(restored).toEqual(files)
    })
  },
)
