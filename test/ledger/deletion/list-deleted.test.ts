import { describe, expect, it } from 'vitest'
import { deleteRun } from '../../../lib/ledger/deletion/delete-run.ts'
import { listDeleted } from '../../../lib/ledger/deletion/list-deleted.ts'
import { RestorableRun } from '../../../lib/run/deletion.ts'
import { finishedRun } from '../../contracts/retention-steps.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { graceIsOver } from './steps.ts'

describe('the list of deleted runs', () => {
  const at = useLedger(POSTGRES)

  it('has those that can be restored, the last deleted first, page by page', async () => {
    const ctx = at().as()
    const ids: string[] = []
    for (let n = 0; n < 5; n++) ids.push((await finishedRun(at().store, {}, { columns: { logBytes: 0 } })).id)
    for (const id of ids) await deleteRun(ctx, { id, reason: `because of ${id}` })
    const hard = await finishedRun(at().store)
    await deleteRun(ctx, { id: hard.id, reason: 'for good', mode: 'hard' })
    await graceIsOver(at(), ids.slice(1, 2))
    const listed: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await listDeleted(ctx, { limit: 2, ...(cursor ? { cursor } : {}) })
      for (const run of page.data) expect(RestorableRun.parse(run)).toEqual(run)
      listed.push(...page.data.map(({ id }) => id))
      cursor = page.nextCursor
    }
    expect(listed).toEqual([ids[4], ids[3], ids[2], ids[0]])
    const [last] = (await listDeleted(ctx)).data
    expect(last).toMatchObject({ deletionReason: `because of ${ids[4]}`, bytes: 0 })
  })

  it('goes on behind very many that cannot be restored any more', async () => {
    const ctx = at().as()
    await at().store.raw(`
      INSERT INTO runs (id, kind, state, "finishedAt", "storageState", "deletedAt", "purgeAfter")
      SELECT '01' || upper(lpad(to_hex(n), 24, '0')), 'gone', 'succeeded', now(), 'deleted', now(), now() - interval '1 s'
      FROM generate_series(1, 6000) n`)
    const first = await listDeleted(ctx)
    expect(first.data).toEqual([])
    const rest = await listDeleted(ctx, { cursor: first.nextCursor ?? '' })
    expect(rest.data).toHaveLength(4)
    expect(rest.nextCursor).toBeNull()
  })
})
