import { describe, expect, it } from 'vitest'
import { getSweep, listSweeps, startSweep } from '../../../lib/ledger/retention/sweeps.ts'
import { Sweep } from '../../../lib/run/sweep.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { refusal } from '../steps.ts'

describe('sweeps', () => {
  const at = useLedger(POSTGRES)

  it('are made, read and listed, newest first, page by page', async () => {
    const ctx = at().as('admin')
    const made: Sweep[] = []
    for (let n = 0; n < 5; n++) made.unshift(await startSweep(ctx, { kind: 'stale', dryRun: n % 2 === 0 }))
    for (const sweep of made) {
      expect(Sweep.parse(sweep)).toEqual(sweep)
      expect(await getSweep(ctx, { id: sweep.id })).toEqual(sweep)
      expect(sweep).toMatchObject({ status: 'completed', requestId: ctx.requestId, cronExecutionId: null })
    }
    const pages: Sweep[][] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await listSweeps(ctx, { kind: 'stale', limit: 2, ...(cursor ? { cursor } : {}) })
      pages.push(page.data)
      cursor = page.nextCursor
    }
    expect(pages.map(({ length }) => length)).toEqual([2, 2, 1])
    expect(pages.flat()).toEqual(made)
  })

  it('that there are none of are not found, and of a kind there is none of are refused', async () => {
    const ctx = at().as('admin')
    expect(await refusal(getSweep(ctx, { id: ctx.newId() }))).toMatchObject({ code: 'not_found' })
    expect(await refusal(startSweep(ctx, { kind: 'spring' as 'stale' }))).toMatchObject({ code: 'invalid' })
  })

  it('end once: a second end changes nothing', async () => {
    const { ports, as } = at()
    const sweep = await startSweep(as(), { kind: 'stale' })
    const again = { status: 'failed' as const, plan: {}, counts: {}, bytes: 1, errors: [], cursor: null }
    expect(await ports.sweeps.end(sweep.id, again)).toBeNull()
    expect(await ports.sweeps.get(sweep.id)).toEqual(sweep)
  })
})
