import { describe, expect, it } from 'vitest'
import { archiveRun } from '../../../lib/ledger/archives/archive-run.ts'
import { actOnRuns } from '../../../lib/ledger/bulk/act-on-runs.ts'
import { openDiskHarness } from '../../objects/disk-server.ts'
import { noise, useArchives } from '../archives/steps.ts'
import { stored } from '../steps.ts'

const FILES = { 'a.csv': '1;2\n' }

describe('many runs archived at once', () => {
  const at = useArchives({ name: 'a disk', open: openDiskHarness })

  it('are archived where there is time', async () => {
    const { id } = await at().ended(FILES)
    const results = await actOnRuns(at().admin, { action: 'archive', ids: [id] })
    expect(results).toEqual([{ id, outcome: 'done', words: 'archived' }])
  })

  it('are archived all, as many at once as may be', async () => {
    const ids: string[] = []
    for (let n = 0; n < 6; n++) ids.push((await at().ended(FILES)).id)
    const { admin } = at()
    const one = { ...admin, retention: { ...admin.retention, archiveConcurrency: 1 } }
    const results = await actOnRuns(one, { action: 'archive', ids })
    expect(results).toEqual(ids.map((id) => ({ id, outcome: 'done', words: 'archived' })))
  })

  it('are left, none of them tried in vain, while others archive as many as may be', async () => {
    const ids = [(await at().ended(FILES)).id, (await at().ended(FILES)).id, (await at().ended(FILES)).id]
    const { admin } = at()
    let asked = 0
    const archives: typeof admin.archives = {
      ...admin.archives,
      take: async () => {
        asked++
        return 'busy'
      },
    }
    const results = await actOnRuns({ ...admin, archives }, { action: 'archive', ids })
    expect(results.map(({ outcome }) => outcome)).toEqual(['left', 'left', 'left'])
    expect(asked).toBeLessThanOrEqual(admin.retention.archiveConcurrency)
  })

  it('are begun, and gone on with later, where time is over', async () => {
    const { id } = await at().ended({ 'a.bin': noise(18 * 1_048_576, 'a') })
    let asked = 0
    // Time is over as soon as the run's turn has come.
    const late = { ...at().admin, now: () => (asked++ < 2 ? 0 : 60_000) }
    const results = await actOnRuns(late, { action: 'archive', ids: [id] })
    expect(results).toEqual([{ id, outcome: 'done', words: 'being archived' }])
    expect((await stored(at().ledger, id)).storageState).toBe('archiving')
    expect((await archiveRun(at().admin, { id })).storageState).toBe('archived')
  })

  it('are left to the tick where their compression is a slow one', async () => {
    const { id } = await at().ended(FILES)
    const { admin } = at()
    const slow = { ...admin, retention: { ...admin.retention, archiveCompression: 'xz' as const } }
    const results = await actOnRuns(slow, { action: 'archive', ids: [id] })
    expect(results).toEqual([{ id, outcome: 'done', words: 'being archived' }])
    expect((await archiveRun(slow, { id })).storageState).toBe('archived')
  })
})
