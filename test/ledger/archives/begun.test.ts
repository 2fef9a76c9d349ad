import { expect, it } from 'vitest'
import { archiveRun } from '../../../lib/ledger/archives/archive-run.ts'
import { restoreRun } from '../../../lib/ledger/archives/restore-run.ts'
import { must } from '../../contracts/harness.ts'
import { auditOf } from '../deletion/steps.ts'
import { noise, PLACES, useArchives } from './steps.ts'

const MIB = 1024 * 1024
const at = useArchives(must(PLACES[0]))

it('what somebody begins and another goes on with has the names of both in the audit, each once', async () => {
  const { id } = await at().ended({ 'a.bin': noise(18 * MIB, 'a'), 'b.bin': noise(18 * MIB, 'b') })
  const system = { ...at().admin, now: () => Date.now() }
  const zoe = { ...system, actor: { ...system.actor, name: 'Zoë' } }
  const [short, long] = [{ budgetMs: 0 }, {}]
  expect(await archiveRun(zoe, { id }, short)).toMatchObject({ storageState: 'archiving' })
  expect(await archiveRun(system, { id }, long)).toMatchObject({ storageState: 'archived' })
  expect(await restoreRun(zoe, { id }, short)).toMatchObject({ storageState: 'restoring' })
  expect(await restoreRun(system, { id }, long)).toMatchObject({ storageState: 'active' })
  const rows = await auditOf(at().ledger, id)
  expect(rows.map(({ action, phase, actor }) => [action, phase, actor])).toEqual([
    ['run.archived', 'pending', 'Zoë'],
    ['run.archived', null, 'system'],
    ['run.restored', 'pending', 'Zoë'],
    ['run.restored', null, 'system'],
  ])
})
