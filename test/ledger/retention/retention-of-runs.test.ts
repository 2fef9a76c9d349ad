import { describe, expect, it } from 'vitest'
import { explainRetention } from '../../../lib/ledger/retention/explain-retention.ts'
import { putPolicies } from '../../../lib/ledger/retention/policies.ts'
import { retentionOfRuns } from '../../../lib/ledger/retention/retention-of-runs.ts'
import { failRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { enqueued, stored, working } from '../steps.ts'

describe('what will become of many runs', () => {
  const at = useLedger(POSTGRES)

  it('is what is explained of each by itself', async () => {
    const ledger = at()
    const admin = ledger.as()
    const tenant = ledger.tenant()
    await putPolicies(admin, {
      rules: [
        { kind: 'test.kept', keepLast: 1 },
        { state: 'failed', deleteAfterDays: 90 },
      ],
    })
    const ids: string[] = []
    for (const kind of ['test.kept', 'test.kept', 'test.run']) {
      const { id, leaseToken } = await working(tenant, { kind })
      await failRun(tenant.worker, { leaseToken, error: 'no luck' })
      ids.push(id)
    }
    ids.push((await enqueued(tenant.person)).id)
    const runs = await Promise.all(ids.map((id) => stored(ledger, id)))
    const all = await retentionOfRuns(admin, runs)
    for (const [n, id] of ids.entries()) {
      const {
        runId: _id,
        at: _at,
        storageState: _state,
        revision: _revision,
        holds: _holds,
        ...one
      } = await explainRetention(admin, { id })
      expect(all[n]).toEqual(one)
    }
    expect(all.map(({ delete: { rule } }) => rule)).toEqual(['age', 'keepLast', 'age', 'notFinished'])
    expect(await retentionOfRuns(admin, [])).toEqual([])
  })
})
