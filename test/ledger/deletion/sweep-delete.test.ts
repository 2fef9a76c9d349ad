import { describe, expect, it } from 'vitest'
import { sweepDelete } from '../../../lib/ledger/deletion/sweep-delete.ts'
import { approveSweep } from '../../../lib/ledger/retention/approve-sweep.ts'
import { holdRun } from '../../../lib/ledger/retention/hold-run.ts'
import { getPolicies, putPolicies } from '../../../lib/ledger/retention/policies.ts'
import { retainRun } from '../../../lib/ledger/retention/retain-run.ts'
import { dyingAt } from '../archives/dying.ts'
import { archive, PLACES, useArchives } from '../archives/steps.ts'
import { alertsAbout } from '../retention/steps.ts'
import { refusal, stored } from '../steps.ts'
import { auditOf, brokenAudit, lapse, objectsOf, oldRuns, pastPass, standing, told } from './steps.ts'

const ON_DISK = PLACES[0] as (typeof PLACES)[0]
const KEY = 'sweep.needs_approval:delete'

describe('a delete sweep', () => {
  const at = useArchives(ON_DISK)

  it('deletes softly what is old enough, and nothing else', async () => {
    const { ledger, admin } = at()
    const old = await oldRuns(ledger, { count: 20, days: 31 })
    const young = await oldRuns(ledger, { count: 5, days: 29 })
    const sweep = await sweepDelete(admin)
    expect(sweep).toMatchObject({
      kind: 'delete',
      status: 'completed',
      counts: { deletedRuns: 20, soft: 20, hard: 0 },
      more: false,
    })
    expect(await standing(ledger, old)).toEqual({ deleted: 20 })
    expect(await standing(ledger, young)).toEqual({ active: 5 })
    expect(await auditOf(ledger, old[0] as string)).toMatchObject([
      { action: 'run.deleted', sweepId: sweep.id },
    ])
    expect((await sweepDelete(admin)).counts.deletedRuns).toBe(0)
  })

  it('that only looks counts, and touches nothing', async () => {
    const { ledger, admin } = at()
    const old = await oldRuns(ledger, { count: 3, days: 31 })
    expect(await sweepDelete(admin, { dryRun: true })).toMatchObject({
      dryRun: true,
      plan: { runs: 3, isWhole: true, kinds: [{ runs: 3 }], sample: old },
      counts: { deletedRuns: 0 },
    })
    expect(await standing(ledger, old)).toEqual({ active: 3 })
    await sweepDelete(admin)
  })

  it('leaves alone what is held, retained, or one of the last of its kind', async () => {
    const { ledger, admin } = at()
    await putPolicies(admin, {
      rules: [
        { kind: 'kept', keepLast: 2 },
        { kind: 'gone', deletionStrategy: 'hard' },
      ],
    })
    const kept = await oldRuns(ledger, { count: 5, days: 40, kind: 'kept' })
    const gone = await oldRuns(ledger, { count: 3, days: 40, kind: 'gone' })
    const [held, retained, last] = gone as [string, string, string]
    await holdRun(admin, { id: held, reason: 'the auditors' })
    await retainRun(admin, { id: retained, until: '2999-01-01T00:00:00.000Z', reason: 'of interest' })
    await sweepDelete(admin)
    expect(await standing(ledger, [held, retained, last])).toEqual({ active: 2 })
    expect(await standing(ledger, kept)).toEqual({ active: 2, deleted: 3 })
    expect(await standing(ledger, kept.slice(-2))).toEqual({ active: 2 })
    await putPolicies(admin, { rules: [] })
  })

  it('deletes from archives, for good where the policy says so, and waits for what is not archived', async () => {
    const { ledger, admin, objects } = at()
    await putPolicies(admin, { rules: [{ deletionStrategy: 'hard', deleteAfterDays: 30 }] })
    const [archived, active] = [await at().ended({ 'a.txt': 'a' }), await at().ended({ 'b.txt': 'b' })]
    await archive(at(), archived.id)
    const ids = [archived.id, active.id]
    for (const column of ['createdAt', 'startedAt', 'finishedAt', 'archivedAt'])
      await ledger.store.raw(
        `UPDATE runs SET "${column}" = "${column}" - interval '40 days' WHERE id IN ('${ids.join("', '")}')`,
      )
    await sweepDelete(admin)
    expect(await objectsOf({ objects }, archived.id)).toEqual([])
    expect(told(await auditOf(ledger, archived.id))).toEqual(['run.deleted pending', 'run.deleted confirmed'])
    expect(await stored(ledger, active.id)).toMatchObject({ storageState: 'active' })
    await putPolicies(admin, { rules: [] })
  })

  it('ends partial where an object does not go, names the run, and deletes the others', async () => {
    const { ledger, admin } = at()
    await putPolicies(admin, { rules: [{ deletionStrategy: 'hard' }] })
    const made = await Promise.all([1, 2].map(() => at().ended({})))
    const ids = made.map(({ id }) => id)
    for (const id of ids) await ledger.shift([id], 'finishedAt', -31 * 86_400)
    const [first, second] = ids as [string, string]
    const { logFile } = await stored(ledger, first)
    const stubborn = {
      ...admin.objects,
      deleteMany: async (keys: string[]) => {
        const failed = keys.filter((key) => key === logFile).map((key) => ({ key, error: 'locked' }))
        await admin.objects.deleteMany(keys.filter((key) => key !== logFile))
        return failed
      },
    }
    const sweep = await sweepDelete({ ...admin, objects: stubborn })
    expect(sweep).toMatchObject({ status: 'partial', counts: { deletedRuns: 1, left: 1 } })
    expect(sweep.errors).toEqual([{ item: first, message: `${logFile} could not be removed: locked` }])
    expect(await standing(ledger, ids)).toEqual({ deleting: 1 })
    expect(await objectsOf(at(), second)).toEqual([])
    expect(await alertsAbout(ledger, 'sweep.failing:delete')).toHaveLength(1)
    await ledger.store.raw(
      `UPDATE runs SET "storageState" = 'active', "storageLeaseExpiresAt" = NULL WHERE id = '${first}'`,
    )
    expect(await sweepDelete(admin)).toMatchObject({ status: 'completed', counts: { deletedRuns: 1 } })
    await putPolicies(admin, { rules: [] })
  })

  it('is harmless twice at once, and when it is killed', { timeout: 120_000 }, async () => {
    const { ledger, admin } = at()
    const old = await oldRuns(ledger, { count: 900, days: 31 })
    const both = await Promise.all([
      sweepDelete(admin, {}, { batch: 50 }),
      sweepDelete(admin, {}, { batch: 70 }),
    ])
    const deleted = both.reduce((sum, { counts }) => sum + (counts.deletedRuns ?? 0), 0)
    expect(deleted).toBe(900)
    expect(await standing(ledger, old)).toEqual({ deleted: 900 })
    const more = await oldRuns(ledger, { count: 300, days: 31 })
    for (let step = 6; step < 20; step += 3)
      await sweepDelete(dyingAt(admin, step).ctx, {}, { batch: 50 }).catch(() => {})
    for (const id of more) await lapse(ledger, id)
    await sweepDelete(admin)
    expect(await standing(ledger, more)).toEqual({ deleted: 300 })
    const rows = await ledger.store.raw(
      `SELECT "jobId" FROM job_audit WHERE action = 'run.deleted' AND phase IS NULL GROUP BY 1 HAVING count(*) > 1`,
    )
    expect(rows).toEqual([])
    expect(await brokenAudit(ledger)).toBeNull()
  })
})

describe('a delete sweep that would delete more than is usual', () => {
  const at = useArchives(ON_DISK)

  it('waits for somebody, tells of it once, and goes no further than it is let', async () => {
    const { ledger, admin } = at()
    const { hash } = await getPolicies(admin)
    for (let day = 1; day <= 8; day++) await pastPass(ledger, { days: day, deleted: 100, hash })
    const young = await oldRuns(ledger, { count: 20_000, days: 2 })
    await putPolicies(admin, { rules: [{ deleteAfterDays: 0 }] })
    const held = await sweepDelete(admin)
    expect(held).toMatchObject({ status: 'needs_approval', plan: { runs: 20_000 }, approval: null })
    const again = await sweepDelete(admin)
    expect(again.status).toBe('needs_approval')
    expect(await standing(ledger, young)).toEqual({ active: 20_000 })
    const [alert, ...others] = await alertsAbout(ledger, KEY)
    expect(others).toEqual([])
    expect(alert?.message).toContain('would delete 20000 runs, and has deleted none')
    const late = await oldRuns(ledger, { count: 1_500, days: 0 })
    const approved = await approveSweep(admin, { id: held.id, reason: 'meant so', mostRuns: 12_000 })
    expect(approved.approval).toMatchObject({ mostRuns: 12_000, usedRuns: 0, approvedBy: 'system' })
    expect((await refusal(approveSweep(admin, { id: held.id }))).code).toBe('conflict')
    expect((await alertsAbout(ledger, KEY))[0]?.resolvedAt).not.toBeNull()
    const pass = await sweepDelete(admin)
    expect(pass).toMatchObject({ status: 'completed', counts: { deletedRuns: 12_000 }, more: true })
    expect(await standing(ledger, young)).toEqual({ active: 8_000, deleted: 12_000 })
    expect(await standing(ledger, late)).toEqual({ active: 1_500 })
    const beyond = await sweepDelete(admin)
    expect(beyond).toMatchObject({ status: 'needs_approval', plan: { runs: 9_500 } })
  })

  it('is not let through by what was approved of another policy, nor after two days', async () => {
    const { ledger, admin } = at()
    const before = await sweepDelete(admin)
    expect(before.status).toBe('needs_approval')
    await putPolicies(admin, { rules: [{ deleteAfterDays: 1 }] })
    expect((await refusal(approveSweep(admin, { id: before.id }))).message).toContain(
      'the policies have changed',
    )
    const held = await sweepDelete(admin)
    await approveSweep(admin, { id: held.id })
    await ledger.store.raw(
      `UPDATE sweeps SET approval = approval || jsonb_build_object('expiresAt', '2026-01-01T00:00:00.000Z') WHERE id = '${held.id}'`,
    )
    expect((await sweepDelete(admin)).status).toBe('needs_approval')
    expect((await refusal(approveSweep(admin, { id: '01KBQK6M3V8Z5W0X2Y4A6C8E9G' }))).code).toBe('not_found')
  })

  it('is held however often it was tried, also where passes that were held are all there is to look at', async () => {
    const { ledger, admin } = at()
    await putPolicies(admin, { rules: [{ deleteAfterDays: 1 }] })
    const { hash } = await getPolicies(admin)
    await ledger.store.raw(`UPDATE retention_policies SET "setAt" = "setAt" - interval '3 days'`)
    const others = await oldRuns(ledger, { count: 60_000, days: 0, kind: 'young' })
    await ledger.store.raw(
      `INSERT INTO sweeps (id, kind, status, policy, "startedAt", "completedAt", "durationMs", "requestedBy")
       SELECT '7' || lpad(n::text, 25, '0'), 'delete', 'needs_approval', '{"hash": "${hash}"}', now() - interval '2 days',
         now() - interval '2 days', 1, 'test' FROM generate_series(1, 60) n`,
    )
    expect((await sweepDelete(admin)).status).toBe('needs_approval')
    expect(await standing(ledger, others.slice(0, 10))).toEqual({ active: 10 })
  })

  it('is held where there was no time to count all of it', async () => {
    const { ledger, admin } = at()
    const { hash } = await getPolicies(admin)
    for (let day = 2; day <= 9; day++) await pastPass(ledger, { days: day, deleted: 100_000, hash })
    let ms = 0
    const held = await sweepDelete({ ...admin, now: () => (ms += 100_000) })
    expect(held).toMatchObject({
      status: 'needs_approval',
      plan: { isWhole: false, most: 1_000, because: expect.stringContaining('no time to count') },
    })
  })
})

describe('a run that is not as it was judged any more', () => {
  const at = useArchives(ON_DISK)

  const changes = {
    'somebody asked to keep it': `"retainUntil" = now() + interval '9 days'`,
    'it ran and ended again': `"finishedAt" = now()`,
    'an output was added': `"outputCount" = 1`,
    'its log grew': `"logBytes" = 10`,
  }

  it.each(Object.entries(changes))('is left alone: %s', async (_, set) => {
    const { ledger, admin } = at()
    const [id] = (await oldRuns(ledger, { count: 1, days: 40 })) as [string]
    const run = await admin.deletions.find(id)
    if (run === null) throw new Error('it is there')
    await ledger.store.raw(`UPDATE runs SET ${set} WHERE id = '${id}'`)
    const batch = {
      runs: [run],
      actor: 'test',
      requestId: null,
      sweepId: null,
      reason: 'old',
      newId: admin.newId,
    }
    expect(await admin.deletions.removeBare(batch)).toEqual([])
    expect(await admin.deletions.deleteSoftly({ ...batch, graceDays: 7 })).toEqual([])
    expect(await admin.deletions.take({ ...batch, work: 'delete', leaseSeconds: 60 })).toEqual([])
    expect(await auditOf(ledger, id)).toEqual([])
  })
})
