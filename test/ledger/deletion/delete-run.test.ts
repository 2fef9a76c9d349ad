import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { restoreRun } from '../../../lib/ledger/archives/restore-run.ts'
import { deleteRun } from '../../../lib/ledger/deletion/delete-run.ts'
import { sweepPurge } from '../../../lib/ledger/deletion/sweep-purge.ts'
import { holdRun, releaseRun } from '../../../lib/ledger/retention/hold-run.ts'
import { enqueueRun } from '../../../lib/ledger/runs/enqueue-run.ts'
import { dyingAt } from '../archives/dying.ts'
import { archive, originalsOf, PLACES, useArchives } from '../archives/steps.ts'
import { eventTypes, refusal, stored } from '../steps.ts'
import { auditOf, brokenAudit, graceIsOver, lapse, objectsOf, oldRuns, rowsOf, told } from './steps.ts'

const FILES = { 'a.csv': 'a,b\n1,2\n', 'b/c.txt': 'x'.repeat(10_000) }
const HARD = { reason: 'nobody needs it', mode: 'hard' } as const
const SOFT = { reason: 'nobody needs it', mode: 'soft' } as const

describe.each(PLACES)('deleting a run whose files are on $name', (place) => {
  const at = useArchives(place)

  it('for good leaves its audit and nothing else', async () => {
    const { id } = await at().ended(FILES)
    const before = await stored(at().ledger, id)
    const deleted = await deleteRun(at().admin, { id, ...HARD })
    expect(deleted).toMatchObject({ id, mode: 'hard', purgeAfter: null, deletedLogFiles: 1 })
    expect(deleted.freedBytes).toBe(before.logBytes + before.outputBytes)
    expect(await objectsOf(at(), id)).toEqual([])
    expect(await rowsOf(at().ledger, id)).toEqual({})
    const rows = await auditOf(at().ledger, id)
    expect(told(rows)).toEqual(['run.deleted pending', 'run.deleted confirmed'])
    expect(rows[1]).toMatchObject({
      actor: 'system',
      deletionReason: 'nobody needs it',
      createdBy: before.createdBy,
      folderName: before.folderName,
      deletedAt: expect.any(String),
      stats: {
        state: 'succeeded',
        outputCount: 2,
        outputBytes: before.outputBytes,
        storageState: 'deleting',
      },
    })
    expect(rows[0]).toMatchObject({ deletedAt: null, stats: { storageState: 'active' } })
    expect((await refusal(deleteRun(at().admin, { id, ...HARD }))).code).toBe('not_found')
  })

  it('for good from its archive removes the archive', async () => {
    const { id } = await at().ended(FILES)
    await archive(at(), id)
    const { archiveBytes } = await stored(at().ledger, id)
    expect(await deleteRun(at().admin, { id, ...HARD })).toMatchObject({ freedBytes: archiveBytes })
    expect(await objectsOf(at(), id)).toEqual([])
    expect(await rowsOf(at().ledger, id)).toEqual({})
  })

  it('also removes the copy that a restored run has left in the archive', async () => {
    const { id } = await at().ended(FILES)
    await archive(at(), id)
    await restoreRun(at().admin, { id })
    expect((await objectsOf(at(), id)).some((key) => key.startsWith('archive/'))).toBe(true)
    await deleteRun(at().admin, { id, ...HARD })
    expect(await objectsOf(at(), id)).toEqual([])
  })

  it('softly keeps all of it until its grace is over', async () => {
    const { id, files } = await at().ended(FILES)
    await archive(at(), id)
    const deleted = await deleteRun(at().admin, { id, ...SOFT })
    expect(Date.parse(deleted.purgeAfter ?? '') - Date.parse(deleted.deletedAt)).toBe(7 * 86_400_000)
    expect(deleted).toMatchObject({ mode: 'soft', freedBytes: 0 })
    expect(await deleteRun(at().admin, { id, ...SOFT })).toEqual(deleted)
    expect(await stored(at().ledger, id)).toMatchObject({
      storageState: 'deleted',
      deletionReason: 'nobody needs it',
    })
    expect(await eventTypes(at().ledger, id)).toContain('run.deleted')
    expect(told(await auditOf(at().ledger, id))).toEqual(['run.deleted'])
    await restoreRun(at().admin, { id })
    expect(await originalsOf(at(), id)).toEqual(files)
    expect(await stored(at().ledger, id)).toMatchObject({ deletedAt: null, purgeAfter: null })
  })

  it('softly without an archive is taken back by a restore, with everything where it was', async () => {
    const { id, files } = await at().ended(FILES)
    await deleteRun(at().admin, { id, ...SOFT })
    expect(await restoreRun(at().admin, { id })).toMatchObject({ storageState: 'active', deletedAt: null })
    expect(await originalsOf(at(), id)).toEqual(files)
    expect(told(await auditOf(at().ledger, id))).toEqual(['run.deleted', 'run.restored'])
  })

  it.each([true, false])('is purged when its grace is over, archived before: %s', async (isArchived) => {
    const { id } = await at().ended(FILES)
    if (isArchived) await archive(at(), id)
    await deleteRun(at().admin, { id, ...SOFT })
    expect((await sweepPurge(at().admin)).counts.purgedRuns).toBe(0)
    await graceIsOver(at().ledger, [id])
    expect((await sweepPurge(at().admin, { dryRun: true })).plan).toMatchObject({ runs: 1 })
    expect((await sweepPurge(at().admin)).counts.purgedRuns).toBe(1)
    expect(await objectsOf(at(), id)).toEqual([])
    expect(await stored(at().ledger, id)).toMatchObject({
      storageState: 'deleted',
      purgeAfter: null,
      archivePath: null,
      logFile: null,
      outputCount: 0,
      deletionReason: 'nobody needs it',
    })
    const rows = await auditOf(at().ledger, id)
    expect(told(rows)).toEqual(['run.deleted', 'run.purged pending', 'run.purged confirmed'])
    expect((await refusal(restoreRun(at().admin, { id }))).code).toBe('conflict')
    expect((await sweepPurge(at().admin)).counts.purgedRuns).toBe(0)
  })

  it('that left nothing is only said to be past its grace', async () => {
    const { ledger, admin } = at()
    const [id] = (await oldRuns(ledger, { count: 1, days: 1, kind: 'bare' })) as [string]
    await deleteRun(admin, { id, ...SOFT })
    await graceIsOver(ledger, [id])
    expect((await stored(ledger, id)).purgeAfter).not.toBeNull()
    const counts = { purgedRuns: 0, graceEnded: 1 }
    expect(await sweepPurge(admin)).toMatchObject({ plan: { runs: 0 }, counts })
    expect(await stored(ledger, id)).toMatchObject({ storageState: 'deleted', purgeAfter: null })
    expect(told(await auditOf(ledger, id))).toEqual(['run.deleted', 'run.purged'])
    expect((await sweepPurge(admin)).counts.graceEnded).toBe(0)
  })

  it('for good in its grace needs no waiting', async () => {
    const { id } = await at().ended(FILES)
    await archive(at(), id)
    await deleteRun(at().admin, { id, ...SOFT })
    await deleteRun(at().admin, { id, ...HARD })
    expect(await objectsOf(at(), id)).toEqual([])
    expect(await rowsOf(at().ledger, id)).toEqual({})
  })

  it('finds nothing wrong with objects that are gone already', async () => {
    const { id } = await at().ended(FILES)
    await at().objects.deleteMany(await objectsOf(at(), id))
    await deleteRun(at().admin, { id, ...HARD })
    expect(await rowsOf(at().ledger, id)).toEqual({})
  })

  it('overwrites what it removes before, where that is asked for', async () => {
    const { id } = await at().ended(FILES)
    const { admin, objects } = at()
    const seen: boolean[] = []
    const watching = {
      ...objects,
      deleteMany: async (keys: string[]) => {
        for (const key of keys) {
          const object = await objects.get(key)
          if (object !== null) seen.push((await buffer(object.body)).every((byte) => byte === 0))
        }
        return await objects.deleteMany(keys)
      },
    }
    const retention = { ...admin.retention, secureDelete: true }
    await deleteRun({ ...admin, objects: watching, retention }, { id, ...HARD })
    expect(seen).toEqual([true, true, true])
    expect(await objectsOf(at(), id)).toEqual([])
  })

  it('comes out the same wherever it was killed before', { timeout: 240_000 }, async () => {
    for (let step = 1; step <= 60; step++) {
      const { id } = await at().ended(FILES)
      if (step % 2 === 0) await archive(at(), id)
      const killed = dyingAt(at().admin, step)
      const isKilled = await deleteRun(killed.ctx, { id, ...HARD }).then(
        () => false,
        () => true,
      )
      await lapse(at().ledger, id)
      if (isKilled) await deleteRun(at().admin, { id, ...HARD }).catch(() => {})
      expect(await objectsOf(at(), id)).toEqual([])
      expect(await rowsOf(at().ledger, id)).toEqual({})
      const rows = await auditOf(at().ledger, id)
      expect(told(rows)).toEqual(['run.deleted pending', 'run.deleted confirmed'])
      if (!isKilled) {
        expect(step).toBeGreaterThan(8)
        expect(await brokenAudit(at().ledger)).toBeNull()
        return
      }
    }
    throw new Error('it has more steps than this test takes')
  })

  it('happens once when it is asked for four times at once', async () => {
    const { id } = await at().ended(FILES)
    const asked = Array.from({ length: 4 }, () => deleteRun(at().admin, { id, ...HARD }))
    const answers = await Promise.allSettled(asked)
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await objectsOf(at(), id)).toEqual([])
    expect(told(await auditOf(at().ledger, id))).toEqual(['run.deleted pending', 'run.deleted confirmed'])
  })
})

describe('deleting a run', () => {
  const at = useArchives(PLACES[0] as (typeof PLACES)[0])

  it('that is held is a conflict by every way, until it is released', async () => {
    const { id } = await at().ended(FILES)
    await holdRun(at().admin, { id, reason: 'the auditors' })
    for (const how of [HARD, SOFT])
      expect(await refusal(deleteRun(at().admin, { id, ...how }))).toMatchObject({
        code: 'conflict',
        message: `run ${id} is held until it is released; release it first`,
      })
    await releaseRun(at().admin, { id })
    await deleteRun(at().admin, { id, ...HARD })
  })

  it('that has not finished is a conflict', async () => {
    const { run } = await enqueueRun(at().ledger.tenant().person, { kind: 'k' })
    expect((await refusal(deleteRun(at().admin, { id: run.id, ...HARD }))).message).toBe(
      `run ${run.id} is queued; only a finished run can be deleted`,
    )
  })

  it('without a log or a file takes one row of the audit, and frees its key', async () => {
    const { person } = at().ledger.tenant()
    const item = { kind: 'k', idempotencyKey: 'once' }
    const { run } = await enqueueRun(person, item)
    await at().ledger.store.runs.move([
      {
        id: run.id,
        from: ['queued'],
        patch: { state: 'canceled', finishedAt: 'now' },
        events: [],
        actor: 'test',
      },
    ])
    await deleteRun(at().admin, { id: run.id, ...HARD })
    expect(told(await auditOf(at().ledger, run.id))).toEqual(['run.deleted'])
    expect(await rowsOf(at().ledger, run.id)).toEqual({})
    expect((await enqueueRun(person, item)).run.id).not.toBe(run.id)
  })

  it('is refused to whoever is no admin', async () => {
    const { id, person } = await at().ended(FILES)
    expect((await refusal(deleteRun(person, { id, ...HARD }))).code).toBe('forbidden')
  })

  it('from a store that does not let go of an object leaves it in deletion, for the next to go on', async () => {
    const { id } = await at().ended(FILES)
    const { admin } = at()
    const stubborn = { ...admin.objects, deleteMany: async () => [] as { key: string; error: string }[] }
    stubborn.deleteMany = async (keys: string[] = []) => keys.map((key) => ({ key, error: 'locked' }))
    const error = await refusal(deleteRun({ ...admin, objects: stubborn }, { id, ...HARD }))
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('locked') })
    expect(await stored(at().ledger, id)).toMatchObject({ storageState: 'deleting' })
    expect((await refusal(holdRun(admin, { id, reason: 'too late' }))).code).toBe('conflict')
    await deleteRun(admin, { id, ...HARD })
    expect(await objectsOf(at(), id)).toEqual([])
  })

  it('races a hold 1,000 times: the hold is refused, or the run survives', { timeout: 240_000 }, async () => {
    const { admin, ledger } = at()
    const { person } = ledger.tenant()
    const other = { ...admin, ...(await ledger.another()), actor: admin.actor, requestId: admin.requestId }
    const outcomes = { held: 0, deleted: 0 }
    for (let n = 0; n < 1_000; n++) {
      const { run } = await enqueueRun(person, { kind: 'race' })
      await ledger.store.runs.move([
        {
          id: run.id,
          from: ['queued'],
          patch: { state: 'canceled', finishedAt: 'now' },
          events: [],
          actor: 'test',
        },
      ])
      const how = n % 2 === 0 ? HARD : SOFT
      const [held, deleted] = await Promise.allSettled([
        holdRun(n % 3 === 0 ? admin : other, { id: run.id, reason: 'race' }),
        deleteRun(admin, { id: run.id, ...how }),
      ])
      const [now] = await ledger.store.runs.get([run.id])
      const isThere = now?.storageState === 'active'
      expect({ isThere, deleted: deleted.status }).toEqual({
        isThere: held.status === 'fulfilled',
        deleted: held.status === 'fulfilled' ? 'rejected' : 'fulfilled',
      })
      outcomes[isThere ? 'held' : 'deleted']++
    }
    expect(outcomes.held + outcomes.deleted).toBe(1_000)
    expect(Math.min(outcomes.held, outcomes.deleted)).toBeGreaterThan(0)
    expect(await brokenAudit(ledger)).toBeNull()
  })
})
