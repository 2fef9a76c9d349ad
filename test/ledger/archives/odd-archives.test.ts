import { describe, expect, it } from 'vitest'
import { archiveRun } from '../../../lib/ledger/archives/archive-run.ts'
import { restoreRun } from '../../../lib/ledger/archives/restore-run.ts'
import { verifyArchive } from '../../../lib/ledger/archives/verify-archive.ts'
import { holdRun } from '../../../lib/ledger/retention/hold-run.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { ArchiveCompression } from '../../../lib/run/archive-manifest.ts'
import { folderOf } from '../../../lib/run/folder.ts'
import { logOf } from '../logs/steps.ts'
import { eventTypes, refusal, stored } from '../steps.ts'
import { archivesOf, flipByte, noise, originalsOf, S3, type TestArchives, useArchives } from './steps.ts'

const FILES = { 'a.csv': 'a,b\n1,2\n', 'b/c.txt': 'x'.repeat(10_000) }

/** A context in which something happens right before, or after, a call to the store of archives. */
function around(
  ctx: Context,
  name: 'setArchived' | 'freeze',
  { before = async () => {}, after = async () => {} }: Record<string, () => Promise<unknown>>,
): Context {
  const { archives } = ctx
  const once: Context['archives'] = {
    ...archives,
    [name]: async (...given: never[]) => {
      await before()
      const answer = await (archives[name] as (...given: never[]) => Promise<unknown>)(...given)
      await after()
      return answer
    },
  }
  return { ...ctx, archives: once }
}

describe('while a run is archived', () => {
  const at = useArchives(S3)

  /** Puts a file beside the others, once. */
  async function comesLate(id: string): Promise<() => Promise<unknown>> {
    const key = `jobs/${folderOf(await stored(at().ledger, id))}/late.txt`
    let isThere = false
    return async () => {
      if (isThere) return
      isThere = true
      await at().objects.put(key, Buffer.from('late'))
    }
  }

  it.each([
    ['before it is said to be archived', 'before'],
    ['right after', 'after'],
  ])('a file that comes %s is archived, too: it is made anew', async (_, when) => {
    const { id, files } = await at().ended(FILES)
    const late = await comesLate(id)
    const ctx = around(at().admin, when === 'before' ? 'freeze' : 'setArchived', { after: late })
    const run = await archiveRun(ctx, { id })
    expect(run).toMatchObject({ storageState: 'archived', archivePath: expect.stringContaining('~2.tar.gz') })
    expect(await archivesOf(at(), id)).toEqual([run.archivePath])
    expect(await originalsOf(at(), id)).toEqual(new Map())
    await restoreRun(at().admin, { id })
    expect((await originalsOf(at(), id)).size).toBe(files.size + 1)
  })

  it('a hold leaves it where it is', async () => {
    const { id, files } = await at().ended(FILES)
    const hold = () => holdRun(at().admin, { id, reason: 'an audit' })
    const error = await refusal(archiveRun(around(at().admin, 'setArchived', { before: hold }), { id }))
    expect(error).toMatchObject({ code: 'conflict', message: expect.stringMatching(/was held/) })
    expect(await stored(at().ledger, id)).toMatchObject({ storageState: 'active' })
    expect(await originalsOf(at(), id)).toEqual(files)
    expect(await archivesOf(at(), id)).toEqual([])
    expect(await eventTypes(at().ledger, id)).not.toContain('run.archived')
  })

  it('an archive that is stored wrongly is found out, and made anew', async () => {
    const { id } = await at().ended({ 'a.bin': noise(50_000, 'a') })
    let isFlipped = false
    const { objects } = at()
    const lying: Context = {
      ...at().admin,
      objects: {
        ...objects,
        async put(key, body, options) {
          const put = await objects.put(key, body, options)
          if (!isFlipped) await flipByte(objects, key)
          isFlipped = true
          return put
        },
      },
    }
    const run = await archiveRun(lying, { id })
    expect(run.archivePath).toContain('~2.tar.gz')
    expect(await archivesOf(at(), id)).toEqual([run.archivePath])
    expect(await verifyArchive(at().admin, id)).toMatchObject({ fault: null })
  })

  it('a store that always stores it wrongly is given up, and the originals stay', async () => {
    const { id, files } = await at().ended({ 'a.bin': noise(50_000, 'a') })
    const { objects } = at()
    const lying: Context = {
      ...at().admin,
      objects: {
        ...objects,
        async put(key, body, options) {
          const put = await objects.put(key, body, options)
          await flipByte(objects, key)
          return put
        },
      },
    }
    expect(await refusal(archiveRun(lying, { id }))).toMatchObject({ code: 'conflict' })
    expect(await stored(at().ledger, id)).toMatchObject({ storageState: 'active' })
    expect(await originalsOf(at(), id)).toEqual(files)
    expect(await archivesOf(at(), id)).toEqual([])
  })
})

describe.each(ArchiveCompression.options)('by %s', (archiveCompression) => {
  const at = useArchives(S3)

  it('a run is archived, verified, read and restored', { timeout: 120_000 }, async () => {
    const { id, files, log, person } = await at().ended({ 'a.csv': '1', 'b.bin': noise(100_000, 'b') })
    const ctx = compressing(at(), archiveCompression)
    const { archivePath } = await archiveRun(ctx, { id })
    expect(archivePath).toMatch(
      { gzip: /\.tar\.gz$/, bz2: /\.tar\.bz2$/, xz: /\.tar\.xz$/ }[archiveCompression],
    )
    expect(await verifyArchive(at().admin, id)).toMatchObject({ fault: null })
    expect(await logOf(person, id)).toBe(log)
    await restoreRun(at().admin, { id })
    expect(await originalsOf(at(), id)).toEqual(files)
  })

  it('is begun where only gzip is to be used, and gone on with elsewhere', async () => {
    const { id } = await at().ended({ 'a.csv': '1' })
    const ctx = compressing(at(), archiveCompression)
    const run = await archiveRun(ctx, { id }, { gzipOnly: true })
    expect(run.storageState).toBe(archiveCompression === 'gzip' ? 'archived' : 'archiving')
    expect(await archiveRun(ctx, { id })).toMatchObject({ storageState: 'archived' })
    const restored = await restoreRun(ctx, { id }, { gzipOnly: true })
    expect(restored.storageState).toBe(archiveCompression === 'gzip' ? 'active' : 'restoring')
    expect(await restoreRun(ctx, { id })).toMatchObject({ storageState: 'active' })
  })

  function compressing({ admin }: TestArchives, archiveCompression: ArchiveCompression): Context {
    return { ...admin, retention: { ...admin.retention, archiveCompression } }
  }
})
