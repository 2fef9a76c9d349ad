import { describe, expect, it } from 'vitest'
import { archiveRun } from '../../../lib/ledger/archives/archive-run.ts'
import { restoreRun } from '../../../lib/ledger/archives/restore-run.ts'
import { resumeStorage } from '../../../lib/ledger/archives/resume-storage.ts'
import { verifyArchive } from '../../../lib/ledger/archives/verify-archive.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { lapse } from '../../contracts/archive-steps.ts'
import { must } from '../../contracts/harness.ts'
import { corrupt } from '../../support/s3-server/faults.ts'
import { refusal, stored } from '../steps.ts'
import { archivesOf, flipByte, originalsOf, S3, useArchives } from './steps.ts'

const FILES = { 'a.csv': 'a,b\n1,2\n', 'b/c.txt': 'x'.repeat(10_000) }
const EVER = { until: Number.POSITIVE_INFINITY }

/** Ends where it would begin to remove originals. */
function dyingBeforeRemoval(ctx: Context): Context {
  const archives = {
    ...ctx.archives,
    beginRemoving: async () => {
      throw new Error('killed here')
    },
  }
  return { ...ctx, archives }
}

describe('a run that was archived by somebody who was killed before the originals went,', () => {
  const at = useArchives(S3)
  const killed = async () => {
    const made = await at().ended(FILES)
    await archiveRun(dyingBeforeRemoval(at().admin), { id: made.id }).catch(() => {})
    await lapse(at().ledger.store, made.id)
    expect(await stored(at().ledger, made.id)).toMatchObject({ storageState: 'archived' })
    return made
  }

  it('whose archive was read wrongly, is gone on with once it was read right', async () => {
    const { id, files } = await killed()
    const { admin, ledger, server } = at()
    server.fail('GetObject', corrupt(0.5))
    expect(await refusal(restoreRun(admin, { id }))).toMatchObject({ code: 'conflict' })
    server.recover()
    // Nobody removes what may be all there is.
    expect(await resumeStorage(admin, EVER)).toMatchObject({ resumed: 0 })
    expect(await originalsOf(at(), id)).toEqual(files)
    expect(await verifyArchive(admin, id)).toMatchObject({ fault: null })
    expect(await resumeStorage(admin, EVER)).toMatchObject({ resumed: 1, errors: [] })
    expect(await originalsOf(at(), id)).toEqual(new Map())
    expect(await archivesOf(at(), id)).toEqual([(await stored(ledger, id)).archivePath])
    await restoreRun(admin, { id })
    expect(await originalsOf(at(), id)).toEqual(files)
  })

  it('whose archive is damaged, keeps its originals', async () => {
    const { id, files } = await killed()
    const { admin, ledger, objects } = at()
    await flipByte(objects, must((await stored(ledger, id)).archivePath))
    expect(await refusal(restoreRun(admin, { id }))).toMatchObject({ code: 'conflict' })
    expect((await verifyArchive(admin, id))?.fault).not.toBeNull()
    expect(await resumeStorage(admin, EVER)).toMatchObject({ resumed: 0 })
    expect(await originalsOf(at(), id)).toEqual(files)
  })
})
