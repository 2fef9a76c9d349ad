import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { archiveRun } from '../../../lib/ledger/archives/archive-run.ts'
import { restoreRun } from '../../../lib/ledger/archives/restore-run.ts'
import { sweepVerify } from '../../../lib/ledger/archives/sweep-verify.ts'
import { verifyArchive } from '../../../lib/ledger/archives/verify-archive.ts'
import type { ArchivePart } from '../../../lib/ports/archive-store.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { must } from '../../contracts/harness.ts'
import { sha256 } from '../../contracts/object-store/steps.ts'
import { stored } from '../steps.ts'
import { archivesOf, noise, originalsOf, PLACES, S3, useArchives } from './steps.ts'

const MIB = 1024 * 1024
/** As little as S3 takes, and each archive is a large one. */
const LITTLE = { partBytes: 5 * MIB, wholeBytes: 0 }
/** One file goes over several parts; it, and the end of the tar, begin and end in the middle of one. */
const FILES = { 'a.txt': 'a', 'b.bin': noise(12 * MIB, 'b'), 'c.txt': 'c'.repeat(100_000) }
const OVER = () => true

/** With another byte in the middle of one part of an object. */
async function flipPart(
  { objects }: Pick<Context, 'objects'>,
  key: string,
  part: ArchivePart,
): Promise<void> {
  const { body, metadata } = must(await objects.get(key))
  const bytes = await buffer(body)
  const at = part.start + Math.floor(part.bytes / 2)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  await objects.put(key, bytes, { metadata })
}

/** Notes where each piece of an archive begins that is asked for. */
function counting(ctx: Context): { ctx: Context; ranges: (number | undefined)[] } {
  const ranges: (number | undefined)[] = []
  const { objects } = ctx
  const get: typeof objects.get = async (key, options) => {
    if (key.startsWith('archive/')) ranges.push(options?.range?.start)
    return await objects.get(key, options)
  }
  return { ranges, ctx: { ...ctx, objects: { ...objects, get } } }
}

describe.each(PLACES)('a large archive on $name', (place) => {
  const at = useArchives(place)

  it('is read back a part a pass where there is no more time, each part once', {
    timeout: 120_000,
  }, async () => {
    const { id, files } = await at().ended(FILES)
    const { ctx, ranges } = counting(at().admin)
    let passes = 1
    while ((await archiveRun(ctx, { id }, { ...LITTLE, budgetMs: 0 })).storageState !== 'archived') {
      passes++
      expect(await originalsOf(at(), id)).toEqual(files)
    }
    const parts = await at().admin.archives.parts(id, 1)
    expect(parts.length).toBeGreaterThan(2)
    expect(ranges).toEqual(parts.map(({ start }) => start))
    // The last part that is written and the first that is read share one.
    expect(passes).toBe(2 * parts.length - 1)
    const run = await stored(at().ledger, id)
    const object = await buffer(must(await at().objects.get(must(run.archivePath))).body)
    expect(run).toMatchObject({ archiveSha256: sha256(object), archiveBytes: object.length })
    expect(await at().admin.archives.last(id)).toMatchObject({ reading: null })
    await restoreRun(at().admin, { id })
    expect(await originalsOf(at(), id)).toEqual(files)
  })

  it('in whichever part a byte is another, is found out, and made anew', { timeout: 120_000 }, async () => {
    for (const n of [0, 1, 2]) {
      const { id, files } = await at().ended(FILES)
      const { objects } = at()
      let isFlipped = false
      const lying: Context = {
        ...at().admin,
        objects: {
          ...objects,
          async completeMultipart(upload, parts, options) {
            const made = await objects.completeMultipart(upload, parts, options)
            if (isFlipped) return made
            isFlipped = true
            await flipPart({ objects }, upload.key, must((await at().admin.archives.parts(id, 1))[n]))
            return made
          },
        },
      }
      let passes = 0
      while ((await archiveRun(lying, { id }, { ...LITTLE, budgetMs: 0 })).storageState !== 'archived')
        expect(passes++).toBeLessThan(20)
      const run = await stored(at().ledger, id)
      expect(run.archivePath).toContain('~2.tar.gz')
      expect(await archivesOf(at(), id)).toEqual([run.archivePath])
      await restoreRun(at().admin, { id })
      expect(await originalsOf(at(), id)).toEqual(files)
    }
  })

  it('is verified over several passes, and in whichever part a byte is another, that is found', {
    timeout: 120_000,
  }, async () => {
    const { id } = await at().ended(FILES)
    const { archivePath } = await archiveRun(at().admin, { id }, LITTLE)
    const parts = await at().admin.archives.parts(id, 1)
    const { ctx, ranges } = counting(at().admin)
    /** What came of it, and after how many passes. */
    const verify = async () => {
      for (let passes = 1; ; passes++) {
        const read = must(await verifyArchive(ctx, id, { isOver: OVER, wholeBytes: 0 }))
        if (read.isThrough || read.fault !== null) return { passes, fault: read.fault }
      }
    }
    expect(await verify()).toEqual({ passes: parts.length, fault: null })
    expect(ranges).toEqual(parts.map(({ start }) => start))
    for (const part of parts) {
      await flipPart(at(), must(archivePath), part)
      expect(await verify()).toEqual({ passes: part.number, fault: expect.stringMatching(/./) })
      expect(await at().admin.archives.inForce(id)).toMatchObject({ reading: null })
      await flipPart(at(), must(archivePath), part)
    }
    expect(await verify()).toEqual({ passes: parts.length, fault: null })
  })

  it('is read from its beginning where it was written over in between', { timeout: 120_000 }, async () => {
    const { id } = await at().ended(FILES)
    const { archivePath } = await archiveRun(at().admin, { id }, LITTLE)
    const [first] = await at().admin.archives.parts(id, 1)
    const once = { isOver: OVER, wholeBytes: 0 }
    expect(await verifyArchive(at().admin, id, once)).toMatchObject({
      isThrough: false,
      bytes: must(first).bytes,
    })
    await flipPart(at(), must(archivePath), must(first))
    expect(await verifyArchive(at().admin, id, once)).toMatchObject({ fault: expect.stringMatching(/./) })
  })

  it('is one that is small, too, where it is of much', async () => {
    const { id } = await at().ended({ 'a.log': Buffer.alloc(3 * MIB, 'again\n') })
    const { archiveBytes } = await archiveRun(at().admin, { id })
    expect(archiveBytes).toBeLessThan(100_000)
    const { ctx, ranges } = counting(at().admin)
    for (const wholeBytes of [100_000, MIB])
      expect(await verifyArchive(ctx, id, { wholeBytes })).toMatchObject({ fault: null, bytes: archiveBytes })
    expect(ranges).toEqual([0, undefined])
  })

  it('that has gone, or is longer or shorter than it was, is found out at once', {
    timeout: 120_000,
  }, async () => {
    const { id } = await at().ended(FILES)
    const key = must((await archiveRun(at().admin, { id }, LITTLE)).archivePath)
    const { body, metadata } = must(await at().objects.get(key))
    const bytes = await buffer(body)
    const found = () => verifyArchive(at().admin, id, { wholeBytes: 0 })
    for (const [other, words] of [
      [Buffer.concat([bytes, Buffer.alloc(1)]), /bytes, and .* were sent/],
      [bytes.subarray(0, -1), /bytes, and .* were sent/],
      [null, /is not in the object store/],
    ] as const) {
      if (other === null) await at().objects.deleteMany([key])
      else await at().objects.put(key, other, { metadata })
      expect(await found()).toMatchObject({ fault: expect.stringMatching(words) })
    }
    await at().objects.put(key, bytes, { metadata })
    expect(await found()).toMatchObject({ fault: null, bytes: bytes.length })
  })
})

describe('a verify sweep over a large archive', () => {
  const at = useArchives(S3)

  it('is through it in as many passes as its bytes take, and it stays first until then', {
    timeout: 120_000,
  }, async () => {
    const small = await at().ended({ 'a.txt': 'a' })
    await archiveRun(at().admin, { id: small.id })
    const { id } = await at().ended(FILES)
    await archiveRun(at().admin, { id }, LITTLE)
    const day = `now() - interval '1 day'`
    await at().ledger.store.raw(
      `UPDATE archives SET "verifiedAt" = ${day}, "createdAt" = ${day} WHERE "runId" = '${id}'`,
    )
    const parts = await at().admin.archives.parts(id, 1)
    const before = must((await stored(at().ledger, id)).archiveVerifiedAt)
    const pass = () => sweepVerify(at().admin, {}, { bytes: 1, wholeBytes: MIB })
    for (const part of parts.slice(0, -1)) {
      expect(await pass()).toMatchObject({
        status: 'completed',
        counts: { verified: 0, damaged: 0 },
        bytes: part.bytes,
        more: true,
      })
      expect((await stored(at().ledger, id)).archiveVerifiedAt).toBe(before)
    }
    expect(await pass()).toMatchObject({ counts: { verified: 1 }, more: true })
    expect(must((await stored(at().ledger, id)).archiveVerifiedAt) > before).toBe(true)
    expect(await sweepVerify(at().admin)).toMatchObject({ counts: { verified: 2 }, more: false })
  })
})
