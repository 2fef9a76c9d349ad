import { describe, expect, it } from 'vitest'
import type { StorageReport } from '../../../lib/ledger/storage/read-storage.ts'
import { unique } from '../../support/make.ts'
import { CRON_SECRET } from '../../support/open-app.ts'
import { scrape } from '../../support/scrape.ts'
import { enqueue, must, refusal, useApp } from './steps.ts'

describe('GET /v1/storage', () => {
  const at = useApp({ env: { STORAGE_CAPACITY_BYTES: '1000' } })
  const storage = async (query = '') => (await at().request<StorageReport>('GET', `/v1/storage${query}`)).json

  it('says that nothing has been counted yet', async () => {
    expect(await storage()).toMatchObject({ day: null, byState: [], trend: [], savedRatio: null })
    const found = await scrape(at())
    expect(found.labelsOf('runledger_storage_held_bytes')).toEqual([])
    expect(found.value('runledger_storage_capacity_bytes')).toBe(1_000)
  })

  it('answers what the daily job has counted, and so do the metrics', async () => {
    const projectId = unique('p')
    const { id, kind } = await enqueue(at(), { projectId, kind: unique('kind') })
    await at().raw(`UPDATE runs SET "logBytes" = 100, "outputBytes" = 400 WHERE id = '${id}'`)
    await at().request('POST', '/cron-config/seed')
    const { json } = await at().request<{ executionId: string }>(
      'POST',
      '/v1/cron-jobs/daily-storage-sample:trigger',
    )
    await expect
      .poll(
        async () => {
          await at().request('GET', '/api/cron/tick', { key: CRON_SECRET })
          return (await at().request<{ status: string }>('GET', `/v1/cron-executions/${json.executionId}`))
            .json.status
        },
        { timeout: 60_000 },
      )
      .toBe('completed')
    const found = await storage()
    expect(found).toMatchObject({
      total: { bytes: 500, logBytes: 100, outputBytes: 400 },
      byState: [{ storageState: 'active', bytes: 500 }],
      capacity: { bytes: 1_000, usedRatio: 0.5 },
      trend: [{ day: must(found.day), bytes: 500, activeBytes: 500, archiveBytes: 0 }],
    })
    expect(found.byKind[0]).toMatchObject({ kind, bytes: 500, runs: 1 })
    expect(found.byProject[0]).toMatchObject({ projectId, bytes: 500 })
    const metrics = await scrape(at())
    expect(metrics.value('runledger_storage_held_bytes', { state: 'active', part: 'outputs' })).toBe(400)
    expect(metrics.value('runledger_storage_sample_age_seconds')).toBeGreaterThanOrEqual(0)
  })

  it('refuses what it does not know', async () => {
    for (const query of ['?days=0', '?days=401', '?shares=0', '?projectId=a'])
      expect(await refusal(at(), 'GET', `/v1/storage${query}`)).toMatchObject({ status: 422 })
  })
})
