import { expect } from 'vitest'
import { archiveRun } from '../../../lib/ledger/archives/archive-run.ts'
import { restoreRun } from '../../../lib/ledger/archives/restore-run.ts'
import { resumeStorage } from '../../../lib/ledger/archives/resume-storage.ts'
import { verifyArchive } from '../../../lib/ledger/archives/verify-archive.ts'
import { deleteOrphans, listOrphans } from '../../../lib/ledger/deletion/orphans.ts'
import { sweepPurge } from '../../../lib/ledger/deletion/sweep-purge.ts'
import { sweepReconcile } from '../../../lib/ledger/deletion/sweep-reconcile.ts'
import { archivesOf, originalsOf, type TestArchives } from '../archives/steps.ts'
import { brokenAudit, graceIsOver } from '../deletion/steps.ts'
import { stored } from '../steps.ts'
import { aged } from './aged.ts'
import type { Inhabitant, Population } from './population.ts'

/** What the sweeps make of it in the end, and what there is then: every file once, and nothing else. */
export async function expectSettled(at: TestArchives, population: Population): Promise<void> {
  const { admin, objects, ledger } = at
  await population.release()
  await endAll(at)
  await purgeDeleted(at, population)
  const living = await population.living()
  const left = new Set<string>()
  for (const one of living) for (const key of await putAway(at, one)) left.add(key)
  await removeOrphans(at)
  expect(await keysOf(at)).toEqual([...left].toSorted())
  expect(await objects.listMultiparts({ prefix: '' })).toEqual([])
  for (const { id, files } of living) {
    if ((await stored(ledger, id)).storageState === 'archived') await restoreRun(admin, { id })
    expect(await originalsOf(at, id)).toEqual(files)
  }
  expect(await brokenAudit(ledger)).toBeNull()
}

/** Goes on with all that was begun. */
async function endAll({ admin, ledger }: TestArchives): Promise<void> {
  const stalled = () => ledger.store.raw('SELECT id FROM runs WHERE "storageLeaseExpiresAt" IS NOT NULL')
  for (let n = 0; n < 5 && (await stalled()).length > 0; n++) {
    await ledger.store.raw(
      `UPDATE runs SET "storageLeaseExpiresAt" = now() - interval '1 second' WHERE "storageLeaseExpiresAt" IS NOT NULL`,
    )
    expect((await resumeStorage(admin, { until: Number.POSITIVE_INFINITY })).errors).toEqual([])
    await sweepReconcile(aged(admin))
  }
  expect(await stalled()).toEqual([])
}

async function purgeDeleted({ admin, ledger }: TestArchives, population: Population): Promise<void> {
  const rows = (await ledger.store.raw(`SELECT id FROM runs WHERE "purgeAfter" IS NOT NULL`)) as {
    id: string
  }[]
  if (rows.length > 0)
    await graceIsOver(
      ledger,
      rows.map(({ id }) => id),
    )
  expect(await sweepPurge(admin)).toMatchObject({ errors: [], more: false })
  expect((await population.living()).filter(({ fate }) => fate === 'kept')).toHaveLength(3)
}

/** Archives one, which must be possible, unless it is held; the keys of all it has then. */
async function putAway(at: TestArchives, { id, fate, files }: Inhabitant): Promise<string[]> {
  const { admin } = at
  // What a paused worker has taken away that was restored since is put back first.
  if ((await stored(at.ledger, id)).storageState === 'active') await restoreRun(admin, { id }).catch(() => {})
  if (fate !== 'held') {
    await archiveRun(admin, { id })
    expect(await originalsOf(at, id)).toEqual(new Map())
    expect(await archivesOf(at, id)).toEqual([(await stored(at.ledger, id)).archivePath])
  }
  const { storageState, archivePath } = await stored(at.ledger, id)
  if (archivePath !== null) expect(await verifyArchive(admin, id)).toMatchObject({ fault: null })
  if (storageState === 'archived') return [archivePath ?? '']
  expect(await originalsOf(at, id)).toEqual(files)
  const copy = await at.ledger.ports.archives.restored(id)
  return [...files.keys(), ...(copy === null ? [] : [copy.key])]
}

/** Objects that nobody knows are listed, somebody looks at the list, and then there are none. */
async function removeOrphans(at: TestArchives): Promise<void> {
  const admin = aged(at.admin)
  const listed = async () => (await listOrphans(admin, { limit: 100 })).data.map(({ key }) => key)
  await sweepReconcile(admin)
  const keys = await listed()
  if (keys.length > 0)
    expect(await deleteOrphans(admin, { keys, reason: 'looked at' })).toMatchObject({ errors: [] })
  const sweep = await sweepReconcile(admin)
  expect(sweep).toMatchObject({
    status: 'completed',
    errors: [],
    counts: { orphans: 0, missing: 0 },
    more: false,
  })
  expect(await listed()).toEqual([])
}

async function keysOf({ objects }: TestArchives): Promise<string[]> {
  const keys: string[] = []
  for (let page = await objects.list({ prefix: '' }); page.length > 0; ) {
    keys.push(...page.map(({ key }) => key))
    page = await objects.list({ prefix: '', startAfter: keys.at(-1) ?? '' })
  }
  return keys
}
