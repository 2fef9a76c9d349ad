import { describe, expect, it } from 'vitest'
import { sweepDelete } from '../../../lib/ledger/deletion/sweep-delete.ts'
import { putPolicies } from '../../../lib/ledger/retention/policies.ts'
import type { Context } from '../../../lib/ports/context.ts'
import type { DeletionPlace } from '../../../lib/ports/deletion-store.ts'
import { must } from '../../contracts/harness.ts'
import { PLACES, useArchives } from '../archives/steps.ts'
import { oldRuns, standing } from './steps.ts'

const HELD = { holdUntil: `now() + interval '99 days'` }

describe('a delete sweep among many runs that are kept', () => {
  const at = useArchives(must(PLACES[0]))

  /** Each look goes over ten runs and each look at the clock takes a time; where the looks began that deleted. */
  function slow(ms: number): { ctx: Context; looked: DeletionPlace[] } {
    const { admin } = at()
    const { deletions } = admin
    const looked: DeletionPlace[] = []
    let now = 0
    return {
      looked,
      ctx: {
        ...admin,
        now: () => (now += ms),
        deletions: {
          ...deletions,
          async candidates(search) {
            looked.push(search.place)
            return await deletions.candidates({ ...search, limit: 10 })
          },
          briefCandidates: (search) => deletions.briefCandidates({ ...search, limit: 10 }),
        },
      },
    }
  }

  it('goes on where its time was over, so that what is behind them has its turn, and what is due behind it since', async () => {
    const { ledger } = at()
    await oldRuns(ledger, { count: 200, days: 50, kind: 'kept', more: HELD })
    const due = await oldRuns(ledger, { count: 5, days: 40, kind: 'due' })
    const { ctx } = slow(100)
    const pass = () => sweepDelete(ctx, {}, { budgetMs: 2_000 })
    expect(await pass()).toMatchObject({ status: 'completed', counts: { deletedRuns: 0 }, more: true })
    expect(await standing(ledger, due)).toEqual({ active: 5 })
    const behind = await oldRuns(ledger, { count: 2, days: 60, kind: 'behind' })
    let passes = 1
    for (let isThrough = false; !isThrough && passes < 50; passes++) isThrough = !(await pass()).more
    expect(passes).toBeLessThan(50)
    expect(await standing(ledger, due)).toEqual({ deleted: 5 })
    expect(await standing(ledger, behind)).toEqual({ deleted: 2 })
  })

  it('goes on from where one was killed, and from the beginning once another policy is in force', async () => {
    const { admin, ledger } = at()
    const { ctx, looked } = slow(3_000)
    const killed: Context = {
      ...ctx,
      sweeps: { ...admin.sweeps, end: () => Promise.reject(new Error('killed here')) },
      deletions: {
        ...ctx.deletions,
        async candidates(search) {
          if (looked.length === 10) throw new Error('killed here')
          return await ctx.deletions.candidates(search)
        },
      },
    }
    const long = { budgetMs: 10_000_000 }
    await expect(sweepDelete(killed, {}, long)).rejects.toThrow('killed here')
    await ledger.store.raw(
      `UPDATE sweeps SET "leaseExpiresAt" = now() - interval '1 s' WHERE status = 'running'`,
    )
    const before = looked.length
    expect(await sweepDelete(ctx, {}, long)).toMatchObject({ status: 'completed', more: false })
    expect(must(looked[before]).at > must(looked[2]).at).toBe(true)
    await sweepDelete(ctx, {}, { budgetMs: 100_000 })
    await putPolicies(admin, { rules: [{ deleteAfterDays: 29 }] })
    const again = looked.length
    await sweepDelete(ctx, {}, long)
    expect(must(looked[again])).toEqual({ isArchived: false, at: '-infinity', id: '' })
    await putPolicies(admin, { rules: [] })
  })

  it('does not read what is archived and was made too late', async () => {
    const { admin, ledger } = at()
    const archived = { storageState: `'archived'`, archivedAt: 'now()' }
    await oldRuns(ledger, { count: 3, days: 5, kind: 'young', more: archived })
    const [old] = await oldRuns(ledger, { count: 1, days: 60, kind: 'old', more: archived })
    const until = new Date(Date.now() - 30 * 86_400_000).toISOString()
    const place = { isArchived: true, at: '-infinity', id: '' }
    const { runs, next } = await admin.deletions.candidates({ until, place, limit: 2 })
    expect([runs.map(({ id }) => id), next]).toEqual([[old], null])
  })
})
