import { describe, expect, it } from 'vitest'
import { resumeStorage } from '../../../lib/ledger/archives/resume-storage.ts'
import { sweepArchive } from '../../../lib/ledger/archives/sweep-archive.ts'
import { putPolicies } from '../../../lib/ledger/retention/policies.ts'
import { listSweeps, startSweep } from '../../../lib/ledger/retention/sweeps.ts'
import { tick } from '../../../lib/ledger/tick.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { LedgerError } from '../../../lib/run/errors.ts'
import { taking } from '../../contracts/archive-steps.ts'
import { must } from '../../contracts/harness.ts'
import { refuse } from '../../support/s3-server/faults.ts'
import { stored } from '../steps.ts'
import { type Made, originalsOf, S3, type TestArchives, useArchives } from './steps.ts'

const DAY = 86_400

describe('the archive sweep', () => {
  const at = useArchives(S3)

  it('archives what has ended a week ago and left files, and leaves the rest', async () => {
    const due = [await old(at(), 8), await old(at(), 9)]
    const young = await old(at(), 6)
    const bare = await at().ended({})
    await at().ledger.shift([bare.id], 'finishedAt', -8 * DAY)
    const sweep = await startSweep(at().admin, { kind: 'archive' })
    expect(sweep).toMatchObject({
      kind: 'archive',
      status: 'completed',
      counts: { archived: 2, failed: 0 },
      more: false,
      errors: [],
    })
    expect(sweep.bytes).toBeGreaterThan(0)
    for (const { id } of due) expect(await storageOf(id)).toBe('archived')
    for (const { id } of [young, bare]) expect(await storageOf(id)).toBe('active')
    expect((await listSweeps(at().admin, { kind: 'archive' })).data[0]).toEqual(sweep)
  })

  it('goes by the policies as they are now', async () => {
    const failedRuns = await old(at(), 8)
    const { kind } = await stored(at().ledger, failedRuns.id)
    await putPolicies(at().admin, { rules: [{ kind, archiveAfterDays: 30 }] })
    try {
      await sweepArchive(at().admin)
      expect(await storageOf(failedRuns.id)).toBe('active')
    } finally {
      await putPolicies(at().admin, { rules: [] })
    }
    await sweepArchive(at().admin)
    expect(await storageOf(failedRuns.id)).toBe('archived')
  })

  it('that only looks counts, and touches nothing', async () => {
    const { id, files } = await old(at(), 8)
    const sweep = await sweepArchive(at().admin, { dryRun: true })
    expect(sweep).toMatchObject({ dryRun: true, status: 'completed', plan: { runs: 1 }, counts: {} })
    expect(sweep.plan.bytes).toBeGreaterThan(0)
    expect(await originalsOf(at(), id)).toEqual(files)
    await sweepArchive(at().admin)
  })

  it('is stopped by its number of runs, and the next one goes on', async () => {
    const due = [await old(at(), 8), await old(at(), 9), await old(at(), 10)]
    const first = await sweepArchive(one(), {}, { batch: 2 })
    expect(first).toMatchObject({ counts: { archived: 2 }, more: true, status: 'completed' })
    const second = await sweepArchive(one(), {}, { batch: 2 })
    expect(second).toMatchObject({ counts: { archived: 1 }, more: false })
    for (const { id } of due) expect(await storageOf(id)).toBe('archived')
  })

  it('is gone on with by the tick, where its time was over', async () => {
    const due = [await old(at(), 8), await old(at(), 9)]
    await sweepArchive(one(), {}, { batch: 1 })
    const { storage } = await tick(at().admin, { cron: false })
    expect(storage).toMatchObject({ archived: 1, more: false })
    for (const { id } of due) expect(await storageOf(id)).toBe('archived')
    expect((await tick(at().admin, { cron: false })).storage).toBeNull()
  })

  it('ends partial where one fails, names it, archives the rest and alerts once', async () => {
    const bad = await old(at(), 10)
    const good = await old(at(), 8)
    await at().objects.deleteMany([must([...bad.files.keys()].find((key) => key.endsWith('a.csv')))])
    for (let pass = 0; pass < 2; pass++) {
      const sweep = await sweepArchive(at().admin)
      expect(sweep).toMatchObject({
        status: pass === 0 ? 'partial' : 'failed',
        errors: [{ item: bad.id, message: expect.stringMatching(/is not in the object store/) }],
      })
    }
    expect(await storageOf(good.id)).toBe('archived')
    expect(await storageOf(bad.id)).toBe('active')
    const [alert] = await alertsOf('sweep.failing:archive')
    expect(alert).toMatchObject({ resolvedAt: null })
    await at().ledger.store.raw(`DELETE FROM runs WHERE id = '${bad.id}'`)
    expect(await sweepArchive(at().admin)).toMatchObject({ status: 'completed' })
    expect((await alertsOf('sweep.failing:archive')).every(({ resolvedAt }) => resolvedAt !== null)).toBe(
      true,
    )
  })

  it('goes on with what was left, and clears what was begun', async () => {
    const { id } = await old(at(), 2)
    const { store } = at().ledger
    const taken = must(await store.archives.take(taking(id)))
    if (taken === 'busy') throw new Error('nobody else archives')
    await store.archives.release(taken.lease, 0)
    expect(await sweepArchive(at().admin)).toMatchObject({ counts: { resumed: 1 }, status: 'completed' })
    expect(await storageOf(id)).toBe('archived')
  })

  it('goes on with the rest where the archive of one cannot be reached', async () => {
    const [away, other] = [await old(at(), 8), await old(at(), 2)]
    await sweepArchive(at().admin)
    const { store } = at().ledger
    const taken = [
      must(await store.archives.take(taking(away.id, { work: 'restore' }))),
      must(await store.archives.take(taking(other.id))),
    ]
    for (const each of taken) if (each !== 'busy') await store.archives.release(each.lease, 0)
    const { objects, admin } = at()
    const { archivePath } = await stored(at().ledger, away.id)
    const unreachable: Context = {
      ...admin,
      objects: {
        ...objects,
        async get(key, options) {
          if (key === archivePath) throw new LedgerError('unavailable', 'the store is away')
          return await objects.get(key, options)
        },
      },
    }
    const until = admin.now() + 60_000
    expect(await resumeStorage(unreachable, { until })).toMatchObject({
      resumed: 1,
      more: false,
      errors: [{ item: away.id }],
    })
    expect(await storageOf(other.id)).toBe('archived')
    await resumeStorage(admin, { until })
    expect(await originalsOf(at(), away.id)).toEqual(away.files)
    await at().ledger.shift([away.id], 'finishedAt', 8 * DAY)
  })

  it('is stopped where nothing is due for long, and the next one goes on from there', async () => {
    const { kind } = await stored(at().ledger, (await old(at(), 3)).id)
    await old(at(), 4)
    await putPolicies(at().admin, { rules: [{ kind: `not-${kind}`, archiveAfterDays: 1 }] })
    try {
      const { archives } = at().admin
      const stop = new AbortController()
      let pages = 0
      const slow: Context = {
        ...at().admin,
        archives: {
          ...archives,
          async candidates(search) {
            pages++
            if (pages === 1) stop.abort()
            return await archives.candidates({ ...search, limit: 1 })
          },
        },
      }
      const first = await sweepArchive(slow, {}, { signal: stop.signal })
      expect(first).toMatchObject({ counts: { archived: 0 }, more: true, status: 'completed' })
      expect(pages).toBe(1)
      expect(first.plan.left).toMatchObject({ id: expect.any(String) })
      expect(await sweepArchive(at().admin)).toMatchObject({ plan: { from: first.plan.left }, more: false })
    } finally {
      await putPolicies(at().admin, { rules: [] })
    }
  })

  it('leaves to others what they are at, as many as may be', async () => {
    const { store } = at().ledger
    const [one, two, three] = [await old(at(), 8), await old(at(), 9), await old(at(), 10)]
    for (const { id } of [one, two]) must(await store.archives.take(taking(id)))
    const sweep = await sweepArchive(at().admin)
    expect(sweep).toMatchObject({ status: 'completed', counts: { archived: 0 }, more: true })
    expect(await storageOf(three.id)).toBe('active')
    await store.raw(`UPDATE runs SET "storageLeaseExpiresAt" = now() WHERE "storageState" = 'archiving'`)
    await sweepArchive(at().admin)
    for (const { id } of [one, two, three]) expect(await storageOf(id)).toBe('archived')
  })

  it('stops soon where the store is away, and loses nothing', async () => {
    const due = [await old(at(), 8), await old(at(), 9), await old(at(), 10), await old(at(), 11)]
    at().server.fail('UploadPart', refuse(503, 'SlowDown'))
    at().server.fail('PutObject', refuse(503, 'SlowDown'))
    const sweep = await sweepArchive(one())
    at().server.recover()
    expect(sweep).toMatchObject({ status: 'failed', counts: { archived: 0, failed: 3 }, more: true })
    for (const { id, files } of due) expect(await originalsOf(at(), id)).toEqual(files)
    await at().ledger.store.raw(
      `UPDATE runs SET "storageLeaseExpiresAt" = now() WHERE "storageLeaseExpiresAt" IS NOT NULL`,
    )
    await sweepArchive(at().admin)
    for (const { id } of due) expect(await storageOf(id)).toBe('archived')
  })

  it('touches nothing on a store that is not to be trusted', async () => {
    const { id, files } = await old(at(), 8)
    const admin = { ...at().admin, storeFaults: async () => ['lists leave out objects'] }
    expect(await sweepArchive(admin)).toMatchObject({
      status: 'failed',
      errors: [{ item: null, message: expect.stringMatching(/lists leave out objects/) }],
    })
    expect(await storageOf(id)).toBe('active')
    expect(await originalsOf(at(), id)).toEqual(files)
  })

  /** As if one at a time could be archived. */
  function one(): Context {
    const { admin } = at()
    return { ...admin, retention: { ...admin.retention, archiveConcurrency: 1 } }
  }

  async function storageOf(id: string): Promise<string> {
    return (await stored(at().ledger, id)).storageState
  }

  async function alertsOf(key: string) {
    return (await at().ledger.store.raw(`SELECT * FROM alerts WHERE key = '${key}'`)) as {
      resolvedAt: string | null
    }[]
  }
})

/** A run that ended so many days ago. */
async function old(at: TestArchives, days: number): Promise<Made> {
  const made = await at.ended({ 'a.csv': 'a,b\n1,2\n', 'b.txt': 'b'.repeat(1_000) })
  await at.ledger.shift([made.id], 'finishedAt', -days * DAY)
  return made
}
