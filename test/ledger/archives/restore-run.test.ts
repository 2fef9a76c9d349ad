import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { archiveRun } from '../../../lib/ledger/archives/archive-run.ts'
import { restoreRun } from '../../../lib/ledger/archives/restore-run.ts'
import { getOutput } from '../../../lib/ledger/outputs/get-output.ts'
import { folderOf } from '../../../lib/run/folder.ts'
import { must } from '../../contracts/harness.ts'
import { logOf } from '../logs/steps.ts'
import { eventTypes, refusal, stored, wholeOf } from '../steps.ts'
import { archive, archivesOf, flipByte, noise, originalsOf, PLACES, restore, useArchives } from './steps.ts'

const MIB = 1024 * 1024
const FILES = { 'a.csv': 'a,b\n1,2\n', 'reports/é.txt': 'x'.repeat(10_000), 'empty.txt': '' }

describe.each(PLACES)('restoring a run on $name', (place) => {
  const at = useArchives(place)

  it('puts everything where it was, byte for byte', async () => {
    const { id, files, person, log } = await at().ended(FILES, 5_000)
    const before = await stored(at().ledger, id)
    expect(before.logFile).toMatch(/\.gz$/)
    await archive(at(), id)
    const run = await restore(at(), id)
    expect(await originalsOf(at(), id)).toEqual(files)
    expect(run).toEqual({ ...before, restoredAt: run.restoredAt, updatedAt: run.updatedAt })
    expect(run.restoredAt).not.toBeNull()
    expect(await logOf(person, id)).toBe(log)
    for (const path of Object.keys(FILES)) {
      const { url } = await getOutput(person, { id, path })
      expect(await (await fetch(url)).text()).toBe(FILES[path as keyof typeof FILES])
    }
    expect((await eventTypes(at().ledger, id)).slice(-2)).toEqual(['run.archived', 'run.restored'])
    expect(await archivesOf(at(), id)).toHaveLength(1)
  })

  it('keeps a large file’s bytes, in parts', { timeout: 120_000 }, async () => {
    const { id, files } = await at().ended({ 'one.bin': noise(25 * MIB, 'one'), 'b.txt': 'b' })
    await archive(at(), id)
    await restore(at(), id)
    expect(await originalsOf(at(), id)).toEqual(files)
  })

  it('again does nothing', async () => {
    const { id } = await at().ended(FILES)
    await archive(at(), id)
    await restore(at(), id)
    const before = await wholeOf(at().ledger, id)
    await restore(at(), id)
    expect(await wholeOf(at().ledger, id)).toEqual(before)
  })

  it('goes on over as many passes as it takes', async () => {
    const { id, files } = await at().ended(FILES)
    await archive(at(), id)
    const over = { ...at().admin, now: () => Date.now() }
    for (let passes = 1; ; passes++) {
      const run = await restoreRun(over, { id }, { budgetMs: 0 })
      if (run.storageState === 'active') {
        expect(passes).toBe(4)
        break
      }
      expect(run).toMatchObject({ storageState: 'restoring', archivePath: expect.any(String) })
    }
    expect(await originalsOf(at(), id)).toEqual(files)
  })

  it('is archived again to another key, and the copy goes', async () => {
    const { id, files } = await at().ended(FILES)
    const first = (await archive(at(), id)).archivePath
    await restore(at(), id)
    const second = await archive(at(), id)
    expect(second.archivePath).toBe(first?.replace('.tar.gz', '~2.tar.gz'))
    expect(await archivesOf(at(), id)).toEqual([second.archivePath])
    await restore(at(), id)
    expect(await originalsOf(at(), id)).toEqual(files)
  })

  it('writes over nothing', async () => {
    const { id, files } = await at().ended(FILES)
    await archive(at(), id)
    const key = must([...files.keys()].find((each) => each.endsWith('a.csv')))
    await at().objects.put(key, Buffer.from('ours'))
    expect(await refusal(restore(at(), id))).toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/there is another file at .*a\.csv/),
    })
    expect(await stored(at().ledger, id)).toMatchObject({ storageState: 'archived' })
    await at().objects.deleteMany([key])
    await restore(at(), id)
    expect(await originalsOf(at(), id)).toEqual(files)
  })

  it('of a damaged archive is refused, and it stays archived', async () => {
    const { id, files } = await at().ended({ 'a.bin': noise(100_000, 'a') }, 0)
    const { archivePath } = await archive(at(), id)
    const key = must(archivePath)
    await flipByte(at().objects, key)
    expect(await refusal(restore(at(), id))).toMatchObject({ code: 'conflict' })
    expect(await stored(at().ledger, id)).toMatchObject({ storageState: 'archived' })
    expect(await originalsOf(at(), id)).not.toEqual(files)
  })

  it('again puts back what somebody has removed since; until then it is not archived', async () => {
    const { id, files } = await at().ended(FILES)
    const { archivePath } = await archive(at(), id)
    await restore(at(), id)
    await at().objects.deleteMany([...files.keys()])
    expect(await refusal(archive(at(), id))).toMatchObject({ code: 'conflict' })
    expect(await archivesOf(at(), id)).toEqual([archivePath])
    expect(await restore(at(), id)).toMatchObject({ storageState: 'active', archivePath: null })
    expect(await originalsOf(at(), id)).toEqual(files)
    const before = await wholeOf(at().ledger, id)
    await restore(at(), id)
    expect(await wholeOf(at().ledger, id)).toEqual(before)
    expect(await archive(at(), id)).toMatchObject({ storageState: 'archived' })
  })

  it('is not archived without a file that nobody recorded', async () => {
    const { id } = await at().ended(FILES)
    const key = `jobs/${folderOf(await stored(at().ledger, id))}/by hand.txt`
    await at().objects.put(key, Buffer.from('here'))
    await archive(at(), id)
    await restore(at(), id)
    await at().objects.deleteMany([key])
    expect(await refusal(archive(at(), id))).toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(
        /by hand\.txt is not in the object store any more; restore the run again/,
      ),
    })
    await restore(at(), id)
    expect(await at().objects.head(key)).toMatchObject({ bytes: 4 })
  })

  it.each([
    ['gone', () => null],
    ['cut off', (whole: Buffer) => whole.subarray(0, 1_000)],
    ['empty', (whole: Buffer) => whole.subarray(0, 0)],
  ])('of an archive that is %s is given up, and it stays archived', async (_, cut) => {
    const { id } = await at().ended({ 'a.bin': noise(100_000, 'a') }, 0)
    const key = must((await archive(at(), id)).archivePath)
    const { body, metadata } = must(await at().objects.get(key))
    const left = cut(await buffer(body))
    await at().objects.deleteMany([key])
    if (left !== null) await at().objects.put(key, left, { metadata })
    expect(await refusal(restore(at(), id))).toMatchObject({ code: 'conflict' })
    expect(await stored(at().ledger, id)).toMatchObject({ storageState: 'archived' })
    expect((await at().admin.archives.stalled(100)).map((run) => run.id)).not.toContain(id)
  })

  it('is for who may write; of a deleted run, for admins', async () => {
    const { id, person } = await at().ended(FILES)
    await archive(at(), id)
    const reader = { ...person, actor: { ...person.actor, scopes: ['runs:read' as const] } }
    expect(await refusal(restoreRun(reader, { id }))).toMatchObject({ code: 'forbidden' })
    await at().ledger.store.raw(
      `UPDATE runs SET "storageState" = 'deleted', "deletedAt" = now(), "purgeAfter" = now() + interval '1 day' WHERE id = '${id}'`,
    )
    expect(await refusal(restoreRun(person, { id }))).toMatchObject({ code: 'forbidden' })
    expect(await restore(at(), id)).toMatchObject({ storageState: 'active' })
  })

  it('of a run that was deleted is possible while its archive is kept', async () => {
    const { id, files } = await at().ended(FILES)
    await archive(at(), id)
    await at().ledger.store.raw(
      `UPDATE runs SET "storageState" = 'deleted', "deletedAt" = now(), "purgeAfter" = now() + interval '1 day' WHERE id = '${id}'`,
    )
    expect(await restore(at(), id)).toMatchObject({ storageState: 'active', deletedAt: null })
    expect(await originalsOf(at(), id)).toEqual(files)
  })

  it('is refused of what was never archived, and to a stranger', async () => {
    const { id, person } = await at().ended(FILES)
    expect(await refusal(restore(at(), id))).toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/its files are where they were/),
    })
    await archiveRun(person, { id })
    const stranger = { ...person, actor: { ...person.actor, name: 'somebody else' } }
    expect(await refusal(restoreRun(stranger, { id }))).toMatchObject({ code: 'forbidden' })
    expect(await restoreRun(person, { id })).toMatchObject({ storageState: 'active' })
  })

  it('keeps the files of every attempt', async () => {
    const { id, files } = await at().ended(FILES)
    const folder = folderOf(await stored(at().ledger, id))
    const key = `jobs/${folder}/.2/a.csv`
    await at().objects.put(key, Buffer.from('second'), { metadata: { by: 'hand' }, contentType: 'text/csv' })
    await archive(at(), id)
    await restore(at(), id)
    expect((await originalsOf(at(), id)).size).toBe(files.size + 1)
    expect(await at().objects.head(key)).toMatchObject({
      bytes: 6,
      contentType: 'text/csv',
      metadata: { by: 'hand' },
    })
  })
})
