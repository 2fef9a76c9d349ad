import { describe, expect, it } from 'vitest'
import { holdRun, releaseRun } from '../../../lib/ledger/retention/hold-run.ts'
import { listHolds } from '../../../lib/ledger/retention/list-holds.ts'
import { HeldRun } from '../../../lib/run/hold.ts'
import { finishedRun } from '../../contracts/retention-steps.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { refusal } from '../steps.ts'

describe('the list of holds', () => {
  const at = useLedger(POSTGRES)
  const made = async (reason: string, until?: string) => {
    const { id } = await finishedRun(
      at().store,
      {},
      { columns: { logBytes: 7, outputBytes: 100, outputCount: 1 } },
    )
    await holdRun(at().as(), { id, reason, ...(until === undefined ? {} : { until }) })
    return id
  }

  it('has those in force, the first to end first, then those that were held first, page by page', async () => {
    const ctx = at().as()
    const [open, next, year] = [
      await made('open'),
      await made('next'),
      await made('year', '2100-01-01T00:00:00.000Z'),
    ]
    const released = await made('released')
    await releaseRun(ctx, { id: released })
    const expired = await made('expired', '2100-01-01T00:00:00.000Z')
    await at().store.raw(`UPDATE holds SET "until" = now() - interval '1 s' WHERE "runId" = '${expired}'`)
    await holdRun(ctx, { id: open, reason: 'open, anew' })
    const reasons: string[][] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const { data, nextCursor } = await listHolds(ctx, { limit: 2, ...(cursor ? { cursor } : {}) })
      for (const hold of data) expect(HeldRun.parse(hold)).toEqual(hold)
      reasons.push(data.map(({ reason }) => reason))
      cursor = nextCursor
    }
    expect(reasons).toEqual([['year', 'next'], ['open, anew']])
    const { data } = await listHolds(ctx)
    expect(data[0]).toMatchObject({ runId: year, heldBy: 'system', storageState: 'active', bytes: 107 })
    expect(data[1]?.runId).toBe(next)
    expect(await refusal(listHolds(ctx, { cursor: 'x' }))).toMatchObject({ code: 'invalid' })
  })
})
