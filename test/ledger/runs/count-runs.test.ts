import { describe, expect, it } from 'vitest'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { failRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { type CountRuns, countRuns } from '../../../lib/ledger/runs/count-runs.ts'
import { enqueueRuns } from '../../../lib/ledger/runs/enqueue-run.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { unique } from '../../support/make.ts'
import { ENGINES, useLedger } from '../../support/open-ledger.ts'
import { enqueued, refusal, working } from '../steps.ts'

async function countsOf(ctx: Context, asked: CountRuns = {}): Promise<Record<string, number>> {
  const counts = await countRuns(ctx, asked)
  return Object.fromEntries(counts.filter(({ count }) => count > 0).map(({ state, count }) => [state, count]))
}

describe.each(ENGINES)('runs counted by state on $name', (engine) => {
  const at = useLedger(engine)

  it('are those that a list would show, by whatever is asked for', async () => {
    const { person, worker, ...tenant } = at().tenant()
    const [kind, word] = [unique('k'), unique('w')]
    const { leaseToken } = await working({ person, worker, ...tenant })
    await failRun(worker, { leaseToken, error: 'no luck' })
    await cancelRun(person, { id: (await enqueued(person, { kind })).id })
    await enqueueRuns(person, [
      { kind },
      { kind, labels: { team: 'data' } },
      { kind: 'other', name: `${word} one` },
    ])

    expect(await countsOf(person)).toEqual({ queued: 3, failed: 1, canceled: 1 })
    expect(await countsOf(person, { kind })).toEqual({ queued: 2, canceled: 1 })
    expect(await countsOf(person, { q: word })).toEqual({ queued: 1 })
    expect(await countsOf(person, { q: kind.slice(0, -2) })).toEqual({ queued: 2, canceled: 1 })
    expect(await countsOf(person, { label: 'team=data' })).toEqual({ queued: 1 })
    expect(await countsOf(person, { storageState: ['archived'] })).toEqual({})
    expect(await countsOf(person, { since: '2999-01-01T00:00:00Z' })).toEqual({})
    expect(await countsOf(at().tenant().person)).toEqual({})
  })

  it('are counted up to a thousand of a state, and then there may be more', async () => {
    const all = at().as()
    const many = Array.from({ length: 501 }, () => ({ kind: 'many' }))
    for (let n = 0; n < 2; n++) await enqueueRuns(all, many)
    const counts = await countRuns(all)
    expect(counts.find(({ state }) => state === 'queued')).toEqual({
      state: 'queued',
      count: 1_000,
      more: true,
    })
    expect(counts.find(({ state }) => state === 'running')).toEqual({
      state: 'running',
      count: 0,
      more: false,
    })
  })

  it('refuses what a list refuses', async () => {
    const asked = { since: '2026-01-02T00:00:00Z', before: '2026-01-01T00:00:00Z' }
    expect((await refusal(countRuns(at().as('runs:read'), asked))).code).toBe('invalid')
  })
})
