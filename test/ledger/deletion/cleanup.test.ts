import { describe, expect, it } from 'vitest'
import { syncCronJobs } from '../../../lib/ledger/cron/sync-cron-jobs.ts'
import { cleanupLogKey } from '../../../lib/ledger/deletion/cleanup-log.ts'
import { cleanupOldRuns } from '../../../lib/ledger/deletion/cleanup-old-runs.ts'
import { cleanupStats, cleanupStatus } from '../../../lib/ledger/deletion/cleanup-standing.ts'
import { deleteRunsOfScript } from '../../../lib/ledger/deletion/delete-runs-of-script.ts'
import { approveSweep } from '../../../lib/ledger/retention/approve-sweep.ts'
import { holdRun } from '../../../lib/ledger/retention/hold-run.ts'
import { putPolicies } from '../../../lib/ledger/retention/policies.ts'
import { listSweeps } from '../../../lib/ledger/retention/sweeps.ts'
import { enqueueRun } from '../../../lib/ledger/runs/enqueue-run.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { must } from '../../contracts/harness.ts'
import { PLACES, useArchives } from '../archives/steps.ts'
import { textOf } from '../logs/steps.ts'
import { alertsAbout } from '../retention/steps.ts'
import { refusal, stored } from '../steps.ts'
import { objectsOf, oldRuns, rowsOf, standing } from './steps.ts'

const DAY = 86_400

describe.each(PLACES)('source 000’s cleanup of runs whose logs are on $name', (place) => {
  const at = useArchives(place)

  it('deletes the log, then the record, of what is older than so many days, and says what it freed', async () => {
    const { ledger, admin } = at()
    const old = await at().ended({})
    const young = await at().ended({})
    const withFiles = await at().ended({ 'a.txt': 'a' })
    for (const { id } of [old, withFiles]) await ledger.shift([id], 'finishedAt', -11 * DAY)
    const { logBytes } = await stored(ledger, old.id)
    const cleaned = await cleanupOldRuns(admin, { days: 10 })
    expect(cleaned).toMatchObject({
      deletedRuns: 1,
      deletedLogFiles: 1,
      freedSpace: logBytes,
      errors: [],
      more: false,
    })
    expect(Date.now() - Date.parse(cleaned.cutoffDate)).toBeGreaterThan(10 * DAY * 1_000 - 60_000)
    expect(await rowsOf(ledger, old.id)).toEqual({})
    expect(await objectsOf(at(), old.id)).toEqual([])
    for (const { id } of [young, withFiles]) expect((await stored(ledger, id)).storageState).toBe('active')
    const log = must(await at().objects.get(cleanupLogKey(new Date().toISOString().slice(0, 10))))
    const text = await textOf(log.body)
    expect(text).toContain(
      `${cleaned.sweepId}: completed: deleted 1 runs and 1 log files, freed ${logBytes} bytes`,
    )
  })

  it('finds nothing wrong with a log that is not there', async () => {
    const { ledger, admin } = at()
    const { id } = await at().ended({})
    await ledger.shift([id], 'finishedAt', -11 * DAY)
    await at().objects.deleteMany(await objectsOf(at(), id))
    expect(await cleanupOldRuns(admin, { days: 10 })).toMatchObject({ deletedRuns: 1, errors: [] })
    expect(await rowsOf(ledger, id)).toEqual({})
  })

  it('keeps every day’s cleanups in one log, also of those that are made at once', async () => {
    const { admin } = at()
    const done = await Promise.all([1, 2, 3].map(() => cleanupOldRuns(admin, { days: 10 })))
    const key = cleanupLogKey(new Date().toISOString().slice(0, 10))
    const text = await textOf(must(await at().objects.get(key)).body)
    for (const { sweepId } of done) expect(text).toContain(sweepId)
  })
})

describe('source 000’s cleanup', () => {
  const at = useArchives(must(PLACES[0]))

  it('takes those of one state, and leaves what a rule keeps for longer, holds, or deletes softly', async () => {
    const { ledger, admin } = at()
    await putPolicies(admin, {
      rules: [
        { state: 'failed', deleteAfterDays: 90 },
        { kind: 'soft', deletionStrategy: 'soft' },
      ],
    })
    const good = await oldRuns(ledger, { count: 3, days: 40, kind: 'good' })
    const failed = await oldRuns(ledger, { count: 3, days: 40, kind: 'bad', state: 'failed' })
    const soft = await oldRuns(ledger, { count: 3, days: 40, kind: 'soft' })
    await holdRun(admin, { id: must(good[0]), reason: 'the auditors' })
    expect(await cleanupOldRuns(admin, { days: 1, status: ['canceled'] })).toMatchObject({ deletedRuns: 0 })
    expect(await cleanupOldRuns(admin, { days: 1, dryRun: true })).toMatchObject({ deletedRuns: 2 })
    expect(await cleanupOldRuns(admin)).toMatchObject({ deletedRuns: 2 })
    expect(await standing(ledger, [...good, ...failed, ...soft])).toEqual({ active: 7 })
    await putPolicies(admin, { rules: [] })
  })

  it('says when it was made, when it is next, and what it came to', async () => {
    const { ledger, admin } = at()
    await syncCronJobs(admin)
    await oldRuns(ledger, { count: 4, days: 40, kind: 'stats' })
    const before = await cleanupStats(admin)
    const cleaned = await cleanupOldRuns(admin)
    const status = await cleanupStatus(admin)
    expect(status).toMatchObject({
      isRunning: false,
      lastRunStats: { deletedRuns: cleaned.deletedRuns, freedSpace: 0, duration: cleaned.duration },
    })
    expect(status.nextRunTime).toMatch(/T00:00:00.000Z$/)
    const after = await cleanupStats(admin)
    expect(after.deletedRuns - before.deletedRuns).toBe(cleaned.deletedRuns)
    expect(after.nextCleanup).toBe(status.nextRunTime)
    expect(Date.parse(after.lastCleanup ?? '')).toBeGreaterThan(0)
  })

  it('of more than is usual names the sweep that waits, and is let through by it', async () => {
    const { ledger, admin } = at()
    const many = await oldRuns(ledger, { count: 2_500, days: 5, kind: 'many' })
    const error = await refusal(cleanupOldRuns(admin, { days: 2 }))
    expect(error.code).toBe('needs_approval')
    expect(error.message).toContain('then send the same request again')
    const id = must(/sweep (\S+) would/.exec(error.message)?.[1])
    expect(await standing(ledger, many)).toEqual({ active: 2_500 })
    await approveSweep(admin, { id })
    expect((await refusal(cleanupOldRuns(admin, { days: 1 }))).code).toBe('needs_approval')
    expect(await cleanupOldRuns(admin, { days: 2 })).toMatchObject({ deletedRuns: 2_500 })
    expect(await standing(ledger, many)).toEqual({})
  })

  it('of a script’s runs, more than is usual, is refused until somebody lets it through, and goes no further', async () => {
    const { ledger, admin } = at()
    const many = await oldRuns(ledger, { count: 1_200, days: 1, kind: 'by-script' })
    const scriptId = must((await stored(ledger, must(many[0]))).scriptId)
    const input = { scriptId, mode: 'hard' as const }
    const error = await refusal(deleteRunsOfScript(admin, input))
    expect(error).toMatchObject({
      code: 'needs_approval',
      message: expect.stringContaining(`would delete 1200 runs of script ${scriptId}: that is over 20 %`),
    })
    expect(await standing(ledger, many)).toEqual({ active: 1_200 })
    const [held] = (await listSweeps(admin, { kind: 'script' })).data
    expect(held).toMatchObject({ status: 'needs_approval', policy: { scriptId, mode: 'hard' } })
    const others = await oldRuns(ledger, { count: 1_200, days: 1, kind: 'by-another' })
    const another = must((await stored(ledger, must(others[0]))).scriptId)
    expect((await refusal(deleteRunsOfScript(admin, { scriptId: another }))).code).toBe('needs_approval')
    const alertOf = async (script: number) =>
      must((await alertsAbout(ledger, `sweep.needs_approval:script:${script}`))[0])
    for (const script of [scriptId, another]) expect((await alertOf(script)).resolvedAt).toBeNull()
    const late = await oldRuns(ledger, { count: 1, days: 0, kind: 'by-script' })
    await ledger.shift(late, 'finishedAt', 3_600)
    await approveSweep(admin, { id: must(held).id })
    expect((await alertOf(scriptId)).resolvedAt).not.toBeNull()
    expect((await alertOf(another)).resolvedAt).toBeNull()
    expect((await refusal(deleteRunsOfScript(admin, { scriptId, mode: 'soft' }))).code).toBe('needs_approval')
    expect(await deleteRunsOfScript(admin, input)).toMatchObject({
      deletedRuns: 1_200,
      more: false,
      errors: [{ item: late[0], message: 'skipped: it has ended since it was asked for' }],
    })
    expect(await standing(ledger, [...many, ...late])).toEqual({ active: 1 })
  })

  it('deletes every run of a script, and names those it skips', async () => {
    const { ledger, admin } = at()
    const { person } = ledger.tenant()
    const { run } = await enqueueRun(person, { kind: 'scripted' })
    const scriptId = must(run.scriptId)
    const gone = await at().ended({ 'a.txt': 'a' })
    const held = await at().ended({})
    await ledger.store.raw(
      `UPDATE runs SET "scriptId" = ${scriptId} WHERE id IN ('${gone.id}', '${held.id}')`,
    )
    await holdRun(admin, { id: held.id, reason: 'the auditors' })
    const done = await deleteRunsOfScript(admin, { scriptId, mode: 'hard' })
    expect(done).toMatchObject({ deletedRuns: 1, deletedLogFiles: 1, more: false })
    expect(done.freedSpace).toBeGreaterThan(0)
    expect(done.errors.map(({ item }) => item).toSorted()).toEqual([run.id, held.id].toSorted())
    expect(done.errors.find(({ item }) => item === run.id)?.message).toBe('skipped: it is queued')
    expect(await rowsOf(ledger, gone.id)).toEqual({})
  })

  it('of a script begins at the front each time, so that what has ended since goes, too', async () => {
    const { ledger, admin } = at()
    const { run } = await enqueueRun(ledger.tenant().person, { kind: 'ends-late' })
    const scriptId = must(run.scriptId)
    let looks = 0
    const hasty: Context = {
      ...admin,
      // Its time is over once it has come to what is archived, which the count before did, too.
      now: () => (looks < 2 ? 0 : 1_000),
      deletions: {
        ...admin.deletions,
        async ofScript(search) {
          const page = await admin.deletions.ofScript(search)
          if (search.place.isArchived) looks++
          return page
        },
      },
    }
    const first = await deleteRunsOfScript(hasty, { scriptId, mode: 'hard' }, { budgetMs: 500 })
    expect(first).toMatchObject({ deletedRuns: 0, more: true, errors: [{ item: run.id }] })
    expect(await admin.approvals.lastCursor('script')).toMatchObject({ place: { isArchived: true } })
    await ledger.store.raw(`UPDATE runs SET state = 'canceled', "finishedAt" = now() WHERE id = '${run.id}'`)
    expect(await deleteRunsOfScript(admin, { scriptId, mode: 'hard' })).toMatchObject({
      deletedRuns: 1,
      more: false,
      errors: [],
    })
  })

  it('of a script that fails tells whoever asked, and opens no alert that all scripts would share', async () => {
    const { ledger, admin } = at()
    const ofScript = () => Promise.reject(new Error('the database is away'))
    const broken: Context = { ...admin, deletions: { ...admin.deletions, ofScript } }
    await expect(deleteRunsOfScript(broken, { scriptId: 1 })).rejects.toThrow('the database is away')
    const [failed] = (await listSweeps(admin, { kind: 'script' })).data
    expect(failed?.status).toBe('failed')
    expect(await alertsAbout(ledger, 'sweep.failing:script')).toEqual([])
  })
})
