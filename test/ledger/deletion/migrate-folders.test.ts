import { describe, expect, it } from 'vitest'
import { migrateFolders } from '../../../lib/ledger/deletion/migrate-folders.ts'
import { deleteOrphans, listOrphans } from '../../../lib/ledger/deletion/orphans.ts'
import { sweepReconcile } from '../../../lib/ledger/deletion/sweep-reconcile.ts'
import { openOutput } from '../../../lib/ledger/outputs/open-output.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { folderName } from '../../../lib/run/folder.ts'
import { must } from '../../contracts/harness.ts'
import { flipByte, PLACES, useArchives } from '../archives/steps.ts'
import { textOf } from '../logs/steps.ts'
import { stored } from '../steps.ts'
import { objectsOf } from './steps.ts'

const TEXT = 'older'
const WHOLE = { rename: true }

describe.each(PLACES)('naming the folders of older runs on $name', (place) => {
  const at = useArchives(place)

  /** A run of before folders had names: its file is below its id alone. */
  async function older(): Promise<{ id: string; from: string; to: string }> {
    const { id } = await at().ended({ 'a/b.txt': TEXT }, 0)
    const { ledger, objects } = at()
    const [key] = await objectsOf(at(), id)
    const from = `jobs/${id}/a/b.txt`
    await objects.copy(must(key), from)
    await objects.deleteMany([must(key)])
    await ledger.store.raw(`UPDATE runs SET "folderName" = NULL WHERE id = '${id}'`)
    await ledger.store.raw(`UPDATE outputs SET "objectKey" = '${from}' WHERE "runId" = '${id}'`)
    const { createdAt } = await stored(ledger, id)
    return { id, from, to: `jobs/${folderName(id, createdAt)}/a/b.txt` }
  }

  async function read(id: string): Promise<string> {
    return await textOf((await openOutput(at().admin, { id, path: 'a/b.txt' })).body)
  }

  /** Removes every object that is listed as one that nobody knows; their keys. */
  async function removeListed(): Promise<string[]> {
    const keys = (await listOrphans(at().admin)).data.map(({ key }) => key)
    if (keys.length === 0) return []
    const done = await deleteOrphans(at().admin, { keys, reason: 'looked at' })
    expect(done).toMatchObject({ deleted: keys.length, errors: [] })
    return keys
  }

  const secure = (ctx: Context): Context => ({ ...ctx, retention: { ...ctx.retention, secureDelete: true } })

  it('looks, names them by when they were made, and leaves their files where they are', async () => {
    const { id, from, to } = await older()
    expect(await migrateFolders(at().admin, { dryRun: true })).toMatchObject({ named: 1, renamed: 0 })
    expect((await stored(at().ledger, id)).folderName).toBeNull()
    expect(await migrateFolders(at().admin)).toEqual({ named: 1, renamed: 0, errors: [], more: false })
    expect(to).toContain(must((await stored(at().ledger, id)).folderName))
    expect(await objectsOf(at(), id)).toEqual([from])
    expect(await migrateFolders(at().admin)).toMatchObject({ named: 0 })
    await migrateFolders(at().admin, WHOLE)
  })

  it.each([false, true])(
    'moves their files below them where that is asked for, once (overwriting: %s)',
    async (isSecure) => {
      const { id, from, to } = await older()
      const ctx = isSecure ? secure(at().admin) : at().admin
      const before = must(await at().objects.head(from))
      expect(await migrateFolders(ctx, { rename: true, dryRun: true })).toMatchObject({ renamed: 1 })
      expect(await migrateFolders(ctx, WHOLE)).toMatchObject({ named: 1, renamed: 1, errors: [] })
      expect(await objectsOf(at(), id)).toEqual([to])
      expect(await migrateFolders(ctx, WHOLE)).toMatchObject({ named: 0, renamed: 0, errors: [] })
      expect(await read(id)).toBe(TEXT)
      const { contentType, metadata, bytes } = must(await at().objects.head(to))
      expect({ contentType, metadata, bytes }).toEqual({
        contentType: before.contentType,
        metadata: before.metadata,
        bytes: before.bytes,
      })
    },
  )

  it('leaves a file of which the copy is another, and moves it once there is a good one', async () => {
    const { id, from, to } = await older()
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
    // Again, it still does not write over what is there, nor take it for a copy.
    for (const ctx of [lying, lying, at().admin]) {
      expect(await migrateFolders(ctx, WHOLE)).toMatchObject({
        renamed: 0,
        errors: [{ item: from, message: expect.stringContaining(`there is another file at ${to}`) }],
      })
      expect(await read(id)).toBe(TEXT)
      expect((await objectsOf(at(), id)).toSorted()).toEqual([from, to].toSorted())
    }
    await objects.deleteMany([to])
    expect(await migrateFolders(at().admin, WHOLE)).toMatchObject({ renamed: 1, errors: [] })
    expect(await read(id)).toBe(TEXT)
  })

  it('leaves a file that is not as it was recorded, and copies nothing of it', async () => {
    const { id, from } = await older()
    await flipByte(at().objects, from)
    expect(await migrateFolders(at().admin, WHOLE)).toMatchObject({
      renamed: 0,
      errors: [{ item: from, message: expect.stringContaining('not as it was recorded') }],
    })
    expect(await objectsOf(at(), id)).toEqual([from])
    await flipByte(at().objects, from)
    expect(await migrateFolders(at().admin, WHOLE)).toMatchObject({ renamed: 1 })
  })

  it.each([true, false])(
    'whoever comes late copies nothing of what is being overwritten (with a SHA-256: %s)',
    async (isHashed) => {
      const { id, from, to } = await older()
      if (!isHashed) await at().ledger.store.raw(`UPDATE outputs SET sha256 = NULL WHERE "runId" = '${id}'`)
      await migrateFolders(at().admin)
      const { objects, reconciliation } = at().admin
      const seen = await reconciliation.strayOutputs({ after: null, limit: 1_000 })
      const dying: Context = {
        ...secure(at().admin),
        objects: {
          ...objects,
          deleteMany: async () => {
            throw new Error('killed between overwriting and removing')
          },
        },
      }
      await expect(migrateFolders(dying, WHOLE)).rejects.toThrow('killed')
      const late: Context = {
        ...secure(at().admin),
        reconciliation: { ...reconciliation, strayOutputs: async () => seen },
      }
      expect(await migrateFolders(late, WHOLE)).toMatchObject({ renamed: 0, errors: [{ item: from }] })
      expect(await read(id)).toBe(TEXT)
      expect(await objectsOf(at(), id)).toContain(to)
      expect(await removeListed()).toContain(from)
      expect(await objectsOf(at(), id)).toEqual([to])
    },
  )

  it('killed before each call to a store in turn, loses nothing, and is gone on with', {
    timeout: 120_000,
  }, async () => {
    for (let step = 1; ; step++) {
      const { id, to } = await older()
      const isKilled = await migrateFolders(dyingAt(secure(at().admin), step), WHOLE).then(
        () => false,
        () => true,
      )
      expect(await read(id)).toBe(TEXT)
      for (const ctx of [secure(at().admin), secure(at().admin)])
        expect(await migrateFolders(ctx, WHOLE)).toMatchObject({ errors: [], more: false })
      expect(await read(id)).toBe(TEXT)
      const there = await objectsOf(at(), id)
      expect(there).toContain(to)
      // A first object that was left is where people look for such, and goes from there.
      const listed = await removeListed()
      for (const key of there.filter((one) => one !== to)) expect(listed).toContain(key)
      expect(await objectsOf(at(), id)).toEqual([to])
      expect(await read(id)).toBe(TEXT)
      if (isKilled) continue
      expect(step).toBeGreaterThan(8)
      return
    }
  })

  it('lists the first object that was left also where reconcile does not look', async () => {
    const { id, from, to } = await older()
    const elsewhere = `elsewhere/${id}.txt`
    const { objects, ledger } = at()
    await objects.copy(from, elsewhere)
    await objects.deleteMany([from])
    await ledger.store.raw(`UPDATE outputs SET "objectKey" = '${elsewhere}' WHERE "runId" = '${id}'`)
    const killed = async () => {
      throw new Error('killed before removing')
    }
    const dying: Context = { ...at().admin, objects: { ...objects, deleteMany: killed } }
    await expect(migrateFolders(dying, WHOLE)).rejects.toThrow('killed')
    expect(await migrateFolders(at().admin, WHOLE)).toMatchObject({ renamed: 0, errors: [] })
    await sweepReconcile(at().admin)
    expect(await removeListed()).toEqual([elsewhere])
    expect(await objects.head(elsewhere)).toBeNull()
    expect(await objectsOf(at(), id)).toEqual([to])
    expect(await read(id)).toBe(TEXT)
  })

  it('removes nothing from a store that is not to be trusted', async () => {
    const { id, from } = await older()
    const ctx: Context = { ...at().admin, storeFaults: async () => ['it lists wrongly'] }
    await expect(migrateFolders(ctx, WHOLE)).rejects.toMatchObject({ code: 'unavailable' })
    expect(await objectsOf(at(), id)).toEqual([from])
    await migrateFolders(at().admin, WHOLE)
  })
})

/** A context whose process dies before the `step`th call to the object store or to what knows of folders. */
function dyingAt(ctx: Context, step: number): Context {
  let made = 0
  const dying = <T extends object>(store: T): T =>
    new Proxy(store, {
      get(target, name) {
        const value = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return async (...given: unknown[]) => {
          if (++made >= step) throw new Error('killed here')
          return await value.apply(target, given)
        }
      },
    })
  return { ...ctx, objects: dying(ctx.objects), reconciliation: dying(ctx.reconciliation) }
}
