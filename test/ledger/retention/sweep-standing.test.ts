import { describe, expect, it } from 'vitest'
import { syncCronJobs } from '../../../lib/ledger/cron/sync-cron-jobs.ts'
import { builtinAtWork } from '../../../lib/ledger/cron/trigger-builtin.ts'
import { reviewSweep } from '../../../lib/ledger/deletion/review-sweep.ts'
import { sweepDelete } from '../../../lib/ledger/deletion/sweep-delete.ts'
import { approveSweep } from '../../../lib/ledger/retention/approve-sweep.ts'
import { getPolicies, putPolicies } from '../../../lib/ledger/retention/policies.ts'
import { sweepStanding } from '../../../lib/ledger/retention/sweep-standing.ts'
import { listSweeps, startSweep } from '../../../lib/ledger/retention/sweeps.ts'
import { triggerSweep } from '../../../lib/ledger/retention/trigger-sweep.ts'
import type { RegularSweep } from '../../../lib/run/sweep.ts'
import { must } from '../../contracts/harness.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { oldRuns, pastPass } from '../deletion/steps.ts'
import { refusal } from '../steps.ts'

describe('how sweeps stand', () => {
  const at = useLedger(POSTGRES)
  const of = async (kind: RegularSweep) => (await sweepStanding(at().as())).find((one) => one.kind === kind)

  it('is nothing before there are jobs, and nothing can be triggered', async () => {
    expect(await of('archive')).toEqual({
      kind: 'archive',
      job: null,
      lastCompleted: null,
      waits: null,
      atWork: null,
    })
    expect(await refusal(triggerSweep(at().as(), { kind: 'archive' }))).toMatchObject({ code: 'not_found' })
    expect(await builtinAtWork(at().as(), { builtin: 'archiveOldRuns' })).toBeNull()
  })

  it('has the job that makes them, the last that completed, and the execution that was triggered', async () => {
    const ctx = at().as()
    await syncCronJobs(ctx)
    const sweep = await startSweep(ctx, { kind: 'archive' })
    await startSweep(ctx, { kind: 'archive', dryRun: true })
    const { executionId, job } = await triggerSweep(ctx, { kind: 'archive' })
    expect(job.name).toBe('daily-archive-2am')
    expect(await of('archive')).toMatchObject({
      job: { id: job.id },
      lastCompleted: { id: sweep.id },
      atWork: { id: executionId, status: 'queued', triggeredByUserId: ctx.actor.name },
    })
    expect(await builtinAtWork(ctx, { builtin: 'archiveOldRuns' })).toMatchObject({ id: executionId })
    expect((await of('verify'))?.atWork).toBeNull()
  })

  it('tells what waits for an approval until somebody gives it, and again where that is over', async () => {
    const ctx = at().as()
    await oldRuns(at(), { count: 1_500, days: 3, kind: 'poll' })
    const { hash } = await getPolicies(ctx)
    for (const [n, deleted] of [100, 200, 900].entries()) await pastPass(at(), { days: 2 + n, deleted, hash })
    await putPolicies(ctx, { rules: [{ kind: 'poll', deleteAfterDays: 0 }] })
    const held = await sweepDelete(ctx)
    await sweepDelete(ctx, { dryRun: true })
    expect((await of('delete'))?.waits).toEqual(held)
    const { sweep, usual, population, sample } = await reviewSweep(ctx, { id: held.id })
    expect([sweep, usual, population]).toEqual([held, { passes: 3, median: 200 }, 1_500])
    expect(sample.map(({ kind }) => kind)).toEqual(Array(10).fill('poll'))
    expect(await reviewSweep(ctx, { id: held.id })).toMatchObject({
      kinds: [{ kind: 'poll', runs: 1_500, bytes: 0 }],
      policies: { revision: 1, setBy: ctx.actor.name },
      isOutdated: false,
      later: null,
    })
    await approveSweep(ctx, { id: held.id })
    expect((await of('delete'))?.waits).toBeNull()
    await at().store.raw(
      `UPDATE sweeps SET approval = jsonb_set(approval, '{expiresAt}', '"2020-01-01T00:00:00.000Z"')`,
    )
    expect((await of('delete'))?.waits?.id).toBe(held.id)
  })

  it('is over for a sweep by other policies than those in force, and told of one that has been made since', async () => {
    const ctx = at().as()
    const [held] = (await listSweeps(ctx, { status: 'needs_approval' })).data
    const { id } = must(held)
    await putPolicies(ctx, { rules: [{ kind: 'poll', deleteAfterDays: null }], reason: 'kept' })
    expect(await reviewSweep(ctx, { id })).toMatchObject({
      policies: { revision: 2, reason: 'kept' },
      isOutdated: true,
      later: null,
    })
    const next = await sweepDelete(ctx)
    expect(next.status).toBe('completed')
    expect(await reviewSweep(ctx, { id })).toMatchObject({ later: { id: next.id } })
    expect(await reviewSweep(ctx, { id: next.id })).toMatchObject({ policies: null, later: null, kinds: [] })
    expect((await of('delete'))?.waits).toBeNull()
  })

  it('are listed by how they ended', async () => {
    const ctx = at().as()
    expect((await listSweeps(ctx, { status: 'needs_approval' })).data).toMatchObject([{ kind: 'delete' }])
    expect((await listSweeps(ctx, { status: 'running' })).data).toEqual([])
    expect((await listSweeps(ctx, { status: 'completed', kind: 'archive' })).data).toHaveLength(2)
  })
})
