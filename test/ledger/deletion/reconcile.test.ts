import { describe, expect, it } from 'vitest'
import { restoreRun } from '../../../lib/ledger/archives/restore-run.ts'
import { deleteRun } from '../../../lib/ledger/deletion/delete-run.ts'
import { deleteOrphans, listOrphans } from '../../../lib/ledger/deletion/orphans.ts'
import { sweepReconcile } from '../../../lib/ledger/deletion/sweep-reconcile.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { folderOf } from '../../../lib/run/folder.ts'
import { must } from '../../contracts/harness.ts'
import { dyingAt } from '../archives/dying.ts'
import { archive, PLACES, useArchives } from '../archives/steps.ts'
import { alertsAbout } from '../retention/steps.ts'
import { stored } from '../steps.ts'
import { aged } from '../storage-kills/aged.ts'
import { auditOf, lapse, objectsOf, rowsOf, told } from './steps.ts'

const HARD = { reason: 'nobody needs it', mode: 'hard' } as const

describe.each(PLACES)('reconciling with $name', (place) => {
  const at = useArchives(place)
  const put = (key: string) => at().objects.put(key, Buffer.from('somebody’s'))
  const listed = async () => (await listOrphans(at().admin)).data.map(({ key }) => key)

  it('lists what nobody knows and is old, deletes none of it, and only from the list when it is told to', async () => {
    const { admin } = at()
    const kept = await at().ended({ 'a.txt': 'a' })
    const archived = await at().ended({ 'b.txt': 'b' })
    await archive(at(), archived.id)
    const folder = folderOf(await stored(at().ledger, kept.id))
    const strange = [
      `archive/2020/01/${folder}.tar.gz`,
      `jobs/${folder}/late.txt`,
      'jobs/strange',
      'logs/stray.log',
    ]
    for (const key of strange) await put(key)
    await put('logs/cleanup/2020-01-01-cleanup.log')
    expect((await sweepReconcile(admin)).counts).toMatchObject({ orphans: 0, missing: 0 })
    const sweep = await sweepReconcile(aged(admin))
    expect(sweep).toMatchObject({ status: 'completed', counts: { orphans: 4, missing: 0 }, more: false })
    expect(await listed()).toEqual(strange.toSorted())
    const [orphan] = (await listOrphans(admin, { limit: 1 })).data
    expect(orphan).toMatchObject({ key: strange[0], runId: kept.id })
    const asked = [must(strange[1]), 'jobs/not-listed']
    const done = await deleteOrphans(admin, { keys: asked, reason: 'looked at' })
    expect(done).toMatchObject({
      deleted: 1,
      errors: [{ item: 'jobs/not-listed', message: 'is not on the list' }],
    })
    expect(await at().objects.head(must(strange[1]))).toBeNull()
    const rows = await at().ledger.ports.audit.list({ action: 'orphans.deleted', limit: 2 })
    expect(told(rows.toReversed())).toEqual(['orphans.deleted pending', 'orphans.deleted confirmed'])
    await at().objects.deleteMany(strange)
    await sweepReconcile(aged(admin))
    expect(await listed()).toEqual([])
  })

  it('knows an object by the row that names it, whatever its key speaks of', async () => {
    const { admin, ledger } = at()
    const { id } = await at().ended({ 'a.txt': 'a' })
    const other = await at().ended({})
    const folder = folderOf(await stored(ledger, other.id))
    const keys = ['jobs/old/a.txt', `jobs/${folder}/of-another.txt`, 'logs/old.log', 'archive/old.tar.gz']
    const [file, ofAnother, piece, packed] = keys as [string, string, string, string]
    for (const key of keys) await put(key)
    await sweepReconcile(aged(admin))
    expect(await listed()).toEqual(keys.toSorted())
    await ledger.store.raw(
      `INSERT INTO outputs ("runId", path, fence, bytes, "contentType", "objectKey", "committedAt")
       VALUES ('${id}', 'b.txt', 1, 10, 'text/plain', '${file}', now()),
         ('${id}', 'c.txt', 1, 10, 'text/plain', '${ofAnother}', now())`,
    )
    await ledger.store.raw(
      `INSERT INTO log_chunks ("runId", fence, "offset", "sentBytes", "sentSha256", position, bytes, sha256, "objectKey", "endsInKey")
       VALUES ('${id}', 1, 900, 10, '', 900, 10, '', '${piece}', false)`,
    )
    await ledger.store.raw(
      `INSERT INTO archives ("runId", attempt, key, compression, status, manifest, "manifestSha256", "tarBytes")
       VALUES ('${id}', 1, '${packed}', 'gzip', 'stored', '', '', 1)`,
    )
    const done = await deleteOrphans(admin, { keys, reason: 'looked at' })
    expect(done.deleted).toBe(0)
    expect(new Set(done.errors.map(({ message }) => message))).toEqual(new Set(['is known by now']))
    expect((await sweepReconcile(aged(admin))).counts).toMatchObject({ orphans: 0 })
    for (const key of keys) expect(await at().objects.head(key)).not.toBeNull()
    for (const table of ['outputs', 'log_chunks', 'archives'])
      await ledger.store.raw(`DELETE FROM ${table} WHERE "runId" = '${id}'`)
    await at().objects.deleteMany(keys)
    await deleteRun(admin, { id, ...HARD })
    await sweepReconcile(aged(admin))
    expect(await listed()).toEqual(await objectsOf(at(), id))
    await at().objects.deleteMany(await objectsOf(at(), id))
  })

  it('keeps what has changed since it was listed', async () => {
    const { admin } = at()
    await put('jobs/changing')
    await sweepReconcile(aged(admin))
    await at().objects.put('jobs/changing', Buffer.from('something else by now'))
    const done = await deleteOrphans(admin, { keys: ['jobs/changing'], reason: 'looked at' })
    expect(done).toMatchObject({ deleted: 0, errors: [{ message: 'is not as it was found' }] })
    await at().objects.deleteMany(['jobs/changing'])
  })

  it('keeps the files of a run that is restored while they are being deleted as left over', async () => {
    const { admin } = at()
    const { id } = await at().ended({ 'a.txt': 'a' })
    const file = must((await objectsOf(at(), id)).find((one) => one.endsWith('a.txt')))
    await archive(at(), id)
    await at().objects.put(file, Buffer.from('a'))
    await sweepReconcile(aged(admin))
    expect(await listed()).toEqual([file])
    let isRestored = false
    const racing: Context = {
      ...admin,
      audit: {
        ...admin.audit,
        async append(entries) {
          const rows = await admin.audit.append(entries)
          if (!isRestored) await restoreRun(admin, { id })
          isRestored = true
          return rows
        },
      },
    }
    const done = await deleteOrphans(racing, { keys: [file], reason: 'looked at' })
    expect(done).toMatchObject({ deleted: 0, errors: [{ item: file, message: 'is known by now' }] })
    expect(isRestored).toBe(true)
    expect(await at().objects.head(file)).not.toBeNull()
    expect(await listed()).toEqual([])
    await deleteRun(admin, { id, ...HARD })
  })

  it('tells of runs whose objects are gone, and when they are there again', async () => {
    const { admin, ledger } = at()
    const { id } = await at().ended({ 'a.txt': 'a', 'b.txt': 'b' })
    const key = must((await objectsOf(at(), id)).find((one) => one.endsWith('b.txt')))
    await at().objects.deleteMany([key])
    const sweep = await sweepReconcile(admin)
    expect(sweep).toMatchObject({ status: 'partial', counts: { missing: 1 } })
    expect(sweep.errors).toEqual([{ item: id, message: `${key} is not in the object store` }])
    await sweepReconcile(admin)
    const [alert, ...others] = await alertsAbout(ledger, 'storage.missing')
    expect([alert?.resolvedAt, others]).toEqual([null, []])
    expect(alert?.message).toContain(id)
    await put(key)
    await sweepReconcile(admin)
    expect((await alertsAbout(ledger, 'storage.missing'))[0]?.resolvedAt).not.toBeNull()
  })

  it('goes on with a deletion whose process is gone', async () => {
    const { admin, ledger } = at()
    const { id } = await at().ended({ 'a.txt': 'a' })
    await deleteRun(dyingAt(admin, 9).ctx, { id, ...HARD }).catch(() => {})
    expect((await stored(ledger, id)).storageState).toBe('deleting')
    await lapse(ledger, id)
    expect((await sweepReconcile(admin)).counts).toMatchObject({ resumed: 1 })
    expect(await rowsOf(ledger, id)).toEqual({})
    expect(await objectsOf(at(), id)).toEqual([])
    expect(told(await auditOf(ledger, id))).toEqual(['run.deleted pending', 'run.deleted confirmed'])
    expect((await auditOf(ledger, id)).at(-1)?.deletionReason).toBe(HARD.reason)
  })

  it('ends uploads of archives that nobody goes on with', async () => {
    const { admin, objects } = at()
    await objects.createMultipart('archive/2020/01/nobody.tar.gz')
    expect((await sweepReconcile(admin)).counts.endedUploads).toBe(0)
    expect((await sweepReconcile(aged(admin))).counts.endedUploads).toBe(1)
    expect(await objects.listMultiparts({ prefix: 'archive/' })).toEqual([])
  })

  it('goes on where its time was over', async () => {
    const { admin } = at()
    for (let n = 0; n < 3; n++) await at().ended({ 'a.txt': 'a' })
    let now = 0
    const hasty = { ...aged(admin), now: () => (now += 100) }
    const first = await sweepReconcile(hasty, {}, { budgetMs: 900 })
    expect(first.more).toBe(true)
    let isThrough = false
    for (let n = 0; n < 60 && !isThrough; n++)
      isThrough = !(await sweepReconcile(hasty, {}, { budgetMs: 900 })).more
    expect(isThrough).toBe(true)
  })
})
