import { expect } from 'vitest'
import { archiveRun } from '../../../lib/ledger/archives/archive-run.ts'
import { restoreRun } from '../../../lib/ledger/archives/restore-run.ts'
import { resumeStorage } from '../../../lib/ledger/archives/resume-storage.ts'
import { sweepVerify } from '../../../lib/ledger/archives/sweep-verify.ts'
import { verifyArchive } from '../../../lib/ledger/archives/verify-archive.ts'
import { deleteOrphans, listOrphans } from '../../../lib/ledger/deletion/orphans.ts'
import { sweepPurge } from '../../../lib/ledger/deletion/sweep-purge.ts'
import { sweepReconcile } from '../../../lib/ledger/deletion/sweep-reconcile.ts'
import { sweepUploads } from '../../../lib/ledger/outputs/sweep-uploads.ts'
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
  for (const one of living) await putAway(at, one)
  await removeOrphans(at)
  for (const one of living) for (const key of await expectPutAway(at, one)) left.add(key)
  expect(await keysOf(at)).toEqual([...left].toSorted())
  expect(await objects.listMultiparts({ prefix: '' })).toEqual([])
  for (const { id, files } of living) {
    if ((await stored(ledger, id)).storageState === 'archived') await restoreRun(admin, { id })
    expect(await originalsOf(at, id)).toEqual(files)
  }
  expect(await brokenAudit(ledger)).toBeNull()
  await expectAllMeant(at)
}

/** Nothing came out of a sweep that nobody thought of, and something came out of it at all. */
async function expectAllMeant({ ledger }: TestArchives): Promise<void> {
  const unmeant = await ledger.store.raw(
    `SELECT kind, errors FROM sweeps WHERE errors::text LIKE '%internal error%'`,
  )
  expect(unmeant).toEqual([])
  const [done] = await ledger.store.raw(
    `SELECT count(*)::int AS count FROM job_audit WHERE action = 'run.archived'`,
  )
  expect(done).toEqual({ count: expect.toSatisfy((count) => count > 0) })
}

/** Goes on with all that was begun. */
async function endAll({ admin, ledger }: TestArchives): Promise<void> {
  // An archive that was read wrongly is looked at again, before what was begun with it is gone on with.
  expect(await sweepVerify(admin)).toMatchObject({ status: 'completed', counts: { damaged: 0 } })
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

/** Archives one, which must be possible, unless it is held. */
async function putAway({ admin, ledger }: TestArchives, { id, fate }: Inhabitant): Promise<void> {
  // What a paused worker has taken away that was restored since is put back first.
  if ((await stored(ledger, id)).storageState === 'active') await restoreRun(admin, { id }).catch(() => {})
  if (fate !== 'held') await archiveRun(admin, { id })
}

/** One that is in its archive, and nowhere else, or held where it is; the keys of all it has. */
async function expectPutAway(at: TestArchives, { id, fate, files }: Inhabitant): Promise<string[]> {
  const { storageState, archivePath } = await stored(at.ledger, id)
  if (fate !== 'held') expect({ id, storageState }).toEqual({ id, storageState: 'archived' })
  if (archivePath !== null) expect(await verifyArchive(at.admin, id)).toMatchObject({ fault: null })
  expect(await originalsOf(at, id)).toEqual(storageState === 'archived' ? new Map() : files)
  const copy = await at.ledger.ports.archives.restored(id)
  const keys = [archivePath ?? copy?.key].filter((key) => key !== undefined)
  expect(await archivesOf(at, id)).toEqual(keys)
  return storageState === 'archived' ? keys : [...keys, ...files.keys()]
}

/** Objects that nobody knows are listed, somebody looks at the list, and then there are none. */
async function removeOrphans(at: TestArchives): Promise<void> {
  const admin = aged(at.admin)
  // Uploads below the runs' own folders are the tick's to end, once an hour; it may have looked a moment ago.
  await at.ledger.store.raw(`DELETE FROM maintenance WHERE name = 'sweep-uploads'`)
  await sweepUploads(admin)
  const listed = async () => (await listOrphans(admin, { limit: 100 })).data.map(({ key }) => key)
  await sweepReconcile(admin)
  for (let keys = await listed(); keys.length > 0; keys = await listed())
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
