import { describe, expect, it } from 'vitest'
import { openAlert } from '../../../lib/ledger/alerts/open-alert.ts'
import { readIntegrity } from '../../../lib/ledger/storage/read-integrity.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'

describe('integrity', () => {
  const at = useLedger(POSTGRES)

  it('is not known where nothing is archived', async () => {
    expect(await readIntegrity(at().as())).toEqual({
      archives: 0,
      coverage: null,
      isAtMost: false,
      oldest: null,
      incidents: [],
    })
  })

  it('says how much was verified in 30 days, what was verified longest ago, and what is lost', async () => {
    const ids = Array.from({ length: 4 }, () => at().ports.newId())
    const rows = ids.map(
      (id, n) =>
        `('${id}', 1, 'archive/${id}', 'gzip', '${n === 3 ? 'gone' : 'kept'}', '', '', 0, now() - interval '${10 + 30 * n} days')`,
    )
    await at().store.raw(`INSERT INTO archives
      ("runId", attempt, key, compression, status, manifest, "manifestSha256", "tarBytes", "verifiedAt") VALUES ${rows.join(', ')}`)
    for (const type of ['archive.damaged', 'cron.failing'])
      await openAlert(at().as(), { key: type, type, message: `it is ${type}`, data: {} })
    const { archives, coverage, oldest, incidents } = await readIntegrity(at().as())
    expect([archives, coverage]).toEqual([3, 1 - 2 / 3])
    expect(oldest?.runId).toBe(ids[2])
    expect(incidents).toMatchObject([{ type: 'archive.damaged' }])
  })
})
