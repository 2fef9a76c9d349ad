import { describe, expect, it } from 'vitest'
import { migrateFolders } from '../../../lib/ledger/deletion/migrate-folders.ts'
import { openOutput } from '../../../lib/ledger/outputs/open-output.ts'
import { folderName } from '../../../lib/run/folder.ts'
import { PLACES, useArchives } from '../archives/steps.ts'
import { textOf } from '../logs/steps.ts'
import { stored } from '../steps.ts'
import { objectsOf } from './steps.ts'

describe.each(PLACES)('naming the folders of older runs on $name', (place) => {
  const at = useArchives(place)

  /** A run of before folders had names: its file is below its id alone. */
  async function older(): Promise<{ id: string; createdAt: string }> {
    const { id } = await at().ended({ 'a/b.txt': 'older' }, 0)
    const { ledger, objects } = at()
    const [key] = await objectsOf(at(), id)
    await objects.copy(key as string, `jobs/${id}/a/b.txt`)
    await objects.deleteMany([key as string])
    await ledger.store.raw(`UPDATE runs SET "folderName" = NULL WHERE id = '${id}'`)
    await ledger.store.raw(`UPDATE outputs SET "objectKey" = 'jobs/${id}/a/b.txt' WHERE "runId" = '${id}'`)
    return { id, createdAt: (await stored(ledger, id)).createdAt }
  }

  it('looks, names them by when they were made, and leaves their files where they are', async () => {
    const { id, createdAt } = await older()
    expect(await migrateFolders(at().admin, { dryRun: true })).toMatchObject({ named: 1, renamed: 0 })
    expect((await stored(at().ledger, id)).folderName).toBeNull()
    expect(await migrateFolders(at().admin)).toEqual({ named: 1, renamed: 0, errors: [], more: false })
    expect((await stored(at().ledger, id)).folderName).toBe(folderName(id, createdAt))
    expect(await objectsOf(at(), id)).toEqual([`jobs/${id}/a/b.txt`])
    expect(await migrateFolders(at().admin)).toMatchObject({ named: 0 })
    await migrateFolders(at().admin, { rename: true })
  })

  it('moves their files below them where that is asked for, once, and they read as before', async () => {
    const { id, createdAt } = await older()
    expect(await migrateFolders(at().admin, { rename: true, dryRun: true })).toMatchObject({ renamed: 1 })
    expect(await migrateFolders(at().admin, { rename: true })).toMatchObject({
      named: 1,
      renamed: 1,
      errors: [],
    })
    expect(await objectsOf(at(), id)).toEqual([`jobs/${folderName(id, createdAt)}/a/b.txt`])
    expect(await migrateFolders(at().admin, { rename: true })).toMatchObject({ named: 0, renamed: 0 })
    const opened = await openOutput(at().admin, { id, path: 'a/b.txt' })
    expect(await textOf(opened.body)).toBe('older')
  })
})
