import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { layOut } from '../../../lib/archive/lay-out.ts'
import { manifestBytes } from '../../../lib/archive/manifest-bytes.ts'
import { verifyArchive } from '../../../lib/ledger/archives/verify-archive.ts'
import { ArchiveManifest } from '../../../lib/run/archive-manifest.ts'
import { must } from '../../contracts/harness.ts'
import { refusal, stored } from '../steps.ts'
import { archive, originalsOf, restore, S3, useArchives } from './steps.ts'

const FILES = { 'a.csv': 'a,b\n1,2\n' }

describe('an archive in which something would lead out of its folder', () => {
  const at = useArchives(S3)

  /** As if somebody had written another manifest into the database, who knows how it is kept. */
  async function forge(id: string, change: (manifest: ArchiveManifest) => void): Promise<void> {
    const { manifest: text } = must(await at().admin.archives.inForce(id))
    const manifest = ArchiveManifest.parse(JSON.parse(text))
    change(manifest)
    const { manifestSha256 } = layOut(manifest)
    const forged = Buffer.from(manifestBytes(manifest)).toString().replaceAll("'", "''")
    await at().ledger.store.raw(
      `UPDATE archives SET manifest = '${forged}', "manifestSha256" = '${manifestSha256}' WHERE "runId" = '${id}'`,
    )
  }

  it.each([
    'jobs/../../etc/passwd',
    '/etc/passwd',
    '../secret',
    'archive/2020/01/another.tar.gz',
    'backups/2026-01-01/runs',
  ])('is not restored to the key %s, and that is logged', async (key) => {
    const { id } = await at().ended(FILES, 0)
    await archive(at(), id)
    await forge(id, ({ entries }) => {
      for (const entry of entries) entry.key = key
    })
    const before = (await at().objects.list({ prefix: '' })).length
    expect(await refusal(restore(at(), id))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`names ${key}, which is none of its keys`),
    })
    expect(at().ledger.logged).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('names a key'), key }),
    )
    expect(await stored(at().ledger, id)).toMatchObject({ storageState: 'archived' })
    expect((await at().objects.list({ prefix: '' })).length).toBe(before)
    expect(await originalsOf(at(), id)).toEqual(new Map())
  })

  it.each(['../../etc/passwd', '/etc/passwd', 'outputs/../../b', 'outputs\\..\\b'])(
    'by an entry %s is no manifest, and nothing is restored by it',
    async (path) => {
      const { id } = await at().ended(FILES, 0)
      await archive(at(), id)
      const { manifest } = must(await at().admin.archives.inForce(id))
      const forged = manifest.replace('outputs/a.csv', path.replaceAll('\\', '\\\\')).replaceAll("'", "''")
      await at().ledger.store.raw(`UPDATE archives SET manifest = '${forged}' WHERE "runId" = '${id}'`)
      expect(await refusal(restore(at(), id))).toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('is not as it was fixed'),
      })
      expect(await originalsOf(at(), id)).toEqual(new Map())
    },
  )

  it('is found damaged when it is verified, held, and told of', async () => {
    const { id } = await at().ended(FILES, 0)
    const other = await at().ended({ 'b.csv': 'another' }, 0)
    const key = must((await archive(at(), id)).archivePath)
    const another = must((await archive(at(), other.id)).archivePath)
    const { metadata } = must(await at().objects.head(key))
    const bytes = await buffer(must(await at().objects.get(another)).body)
    await at().objects.put(key, bytes, { metadata })
    expect(await verifyArchive(at().admin, id)).toMatchObject({ fault: expect.any(String) })
    expect((await stored(at().ledger, id)).holdUntil).not.toBeNull()
    expect(at().ledger.logged).toContainEqual(
      expect.objectContaining({ level: 'warn', alert: `archive.damaged:${id}` }),
    )
    expect(await refusal(restore(at(), id))).toMatchObject({ code: 'conflict' })
    expect(await originalsOf(at(), id)).toEqual(new Map())
  })
})
