import { expect, it } from 'vitest'
import { authorOf } from '../../../lib/ledger/deletion/author-of.ts'
import { deleteDue } from '../../../lib/ledger/deletion/delete-due.ts'
import { DeletionTally } from '../../../lib/ledger/deletion/deletion-tally.ts'
import { readPolicies } from '../../../lib/ledger/retention/policies.ts'
import { policyFor } from '../../../lib/run/retention-policy.ts'
import { must } from '../../contracts/harness.ts'
import { PLACES, useArchives } from '../archives/steps.ts'
import { oldRuns, standing } from './steps.ts'

const at = useArchives(must(PLACES[0]))

it('deletes what was let through, also where the batch after it was refused first', async () => {
  const { ledger, admin } = at()
  const ids = await oldRuns(ledger, { count: 20, days: 31 })
  const policies = await readPolicies(admin)
  const runs = await Promise.all(ids.map(async (id) => must(await admin.deletions.find(id))))
  async function* pages() {
    yield { from: null, due: runs.map((run) => ({ run, policy: policyFor(run, policies) })) }
  }
  const refused = Promise.withResolvers<void>()
  let asked = 0
  const mayDelete = async () => {
    asked++
    if (asked > 1) {
      refused.resolve()
      return false
    }
    await refused.promise
    await new Promise(setImmediate)
    return true
  }
  const tally = new DeletionTally()
  const stopped = await deleteDue(admin, pages(), {
    author: authorOf(admin, 'old'),
    tally,
    batch: 10,
    modeOf: () => 'hard',
    mayDelete,
    isOver: () => false,
    reached: async () => {},
  })
  expect({ stopped, deleted: tally.runs, asked }).toEqual({ stopped: 'bounds', deleted: 10, asked: 6 })
  expect(await standing(ledger, ids)).toEqual({ active: 10 })
})
