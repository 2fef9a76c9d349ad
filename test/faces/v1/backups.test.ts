import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackedUp } from '../../../lib/ledger/backups/backup-ledger.ts'
import type { Backup } from '../../../lib/run/backup.ts'
import { openApp, type TestApp } from '../../support/open-app.ts'
import { enqueue } from './steps.ts'

describe('/v1/backups', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await openApp()
  })
  afterAll(() => app.close())

  it('starts a backup and lists it', async () => {
    await enqueue(app, {})
    expect((await app.request<{ data: Backup[] }>('GET', '/v1/backups')).json).toEqual({ data: [] })
    const made = await app.request<BackedUp>('POST', '/v1/backups')
    expect(made.status).toBe(201)
    expect(made.json).toMatchObject({ backup: { status: 'complete' }, removed: [] })
    expect(made.json.backup.rows).toBeGreaterThan(1)
    const listed = await app.request<{ data: Backup[] }>('GET', '/v1/backups')
    expect(listed.json).toEqual({ data: [made.json.backup] })
  })

  it('is for no key of a worker', async () => {
    const { key } = await app.makeKey({ scopes: ['runs:read', 'runs:write', 'runs:work'] })
    for (const method of ['GET', 'POST'])
      expect((await app.request(method, '/v1/backups', { key })).status).toBe(403)
  })
})
