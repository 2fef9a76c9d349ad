import { describe, expect, it } from 'vitest'
import { archiveRun } from '../../lib/ledger/archives/archive-run.ts'
import { restoreRun } from '../../lib/ledger/archives/restore-run.ts'
import { verifyArchive } from '../../lib/ledger/archives/verify-archive.ts'
import { deleteRun } from '../../lib/ledger/deletion/delete-run.ts'
import { sweepReconcile } from '../../lib/ledger/deletion/sweep-reconcile.ts'
import { storeFaultsOf } from '../../lib/runtime/store-faults.ts'
import { dyingAt } from '../ledger/archives/dying.ts'
import { archivesOf, flipByte, noise, originalsOf, useArchives } from '../ledger/archives/steps.ts'
import { brokenAudit, lapse, objectsOf, rowsOf } from '../ledger/deletion/steps.ts'
import { stored } from '../ledger/steps.ts'
import { s3Harness } from '../support/s3-harness.ts'
import { newBucket } from './new-bucket.ts'

const MIB = 1024 * 1024
/** As little as Ceph takes, as S3 does. */
const IN_PARTS = { partBytes: 5 * MIB, wholeBytes: 0 }
const reason = 'nobody needs it'

describe('on Ceph RGW a run', () => {
  const at = useArchives({
    name: 'Ceph RGW',
    open: async () => s3Harness(await newBucket(), async () => {}),
  })

  it.each([
    ['small', { 'a.csv': 'a,b\n1,2\n', 'b/ü c.txt': 'x'.repeat(10_000) }, {}],
    [
      'of several parts',
      { 'a.bin': noise(6 * MIB, 'a'), 'b.bin': noise(6 * MIB, 'b'), 'c.txt': 'c' },
      IN_PARTS,
    ],
  ])(
    'that is %s is archived, verified, restored, archived again and deleted',
    async (_, contents, options) => {
      const { admin, ledger, objects } = at()
      const { id, files } = await at().ended(contents)
      const ctx = { ...admin, storeFaults: storeFaultsOf(objects) }
      const { archivePath } = await archiveRun(ctx, { id }, options)
      expect(await archivesOf(at(), id)).toEqual([archivePath])
      expect(await originalsOf(at(), id)).toEqual(new Map())
      expect(await verifyArchive(admin, id)).toMatchObject({ fault: null })
      await restoreRun(admin, { id })
      expect(await originalsOf(at(), id)).toEqual(files)
      expect(await archiveRun(admin, { id }, options)).toMatchObject({ storageState: 'archived' })
      expect(await archivesOf(at(), id)).toEqual([(await stored(ledger, id)).archivePath])
      expect(await objects.listMultiparts({ prefix: '' })).toEqual([])
      await deleteRun(ctx, { id, reason, mode: 'hard' })
      expect([await objectsOf(at(), id), await rowsOf(ledger, id)]).toEqual([[], {}])
    },
  )

  it('whose archiving and whose deletion were killed is gone on with, and nothing is left behind', async () => {
    const { admin, ledger, objects } = at()
    const { id } = await at().ended({ 'a.csv': 'a' })
    for (const step of [8, 14, 20]) {
      await archiveRun(dyingAt(admin, step).ctx, { id }).catch(() => {})
      await lapse(ledger, id)
    }
    await archiveRun(admin, { id })
    expect(await archivesOf(at(), id)).toHaveLength(1)
    await deleteRun(dyingAt(admin, 9).ctx, { id, reason, mode: 'hard' }).catch(() => {})
    await lapse(ledger, id)
    expect(await sweepReconcile(admin)).toMatchObject({ status: 'completed', counts: { resumed: 1 } })
    expect([await objects.list({ prefix: '' }), await brokenAudit(ledger)]).toEqual([[], null])
  })

  it('whose archive has another byte is found damaged, and held', async () => {
    const { id } = await at().ended({ 'a.bin': noise(100_000, 'a') })
    const { archivePath } = await archiveRun(at().admin, { id })
    await flipByte(at().objects, archivePath ?? '')
    expect(await verifyArchive(at().admin, id)).toMatchObject({ fault: expect.any(String) })
    expect((await stored(at().ledger, id)).holdUntil).not.toBeNull()
  })
})
