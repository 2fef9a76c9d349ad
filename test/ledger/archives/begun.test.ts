import { expect, it } from 'vitest'
import { archiveRun } from '../../../lib/ledger/archives/archive-run.ts'
import { restoreRun } from '../../../lib/ledger/archives/restore-run.ts'
import { LedgerError } from '../../../lib/run/errors.ts'
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

it('what somebody begins and the store then refuses has their name in the audit, once', async () => {
  const { id } = await at().ended({ 'a.bin': noise(MIB, 'a') })
  const { admin } = at()
  const zoe = { ...admin, actor: { ...admin.actor, name: 'Zoë' } }
  const away = async () => {
    throw new LedgerError('unavailable', 'the store is away')
  }
  const objects = { ...admin.objects, createMultipart: away, put: away }
  await expect(archiveRun({ ...zoe, objects }, { id })).rejects.toMatchObject({ code: 'unavailable' })
  await expect(archiveRun({ ...zoe, objects }, { id })).rejects.toMatchObject({ code: 'unavailable' })
  expect(await archiveRun(admin, { id })).toMatchObject({ storageState: 'archived' })
  const rows = await auditOf(at().ledger, id)
  expect(rows.map(({ action, phase, actor }) => [action, phase, actor])).toEqual([
    ['run.archived', 'pending', 'Zoë'],
    ['run.archived', null, admin.actor.name],
  ])
})
