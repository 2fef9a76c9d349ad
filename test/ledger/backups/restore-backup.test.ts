import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyAudit } from '../../../lib/ledger/audit/verify-audit.ts'
import { backupLedger } from '../../../lib/ledger/backups/backup-ledger.ts'
import { readManifest, writeManifest } from '../../../lib/ledger/backups/manifest.ts'
import { restoreBackup } from '../../../lib/ledger/backups/restore-backup.ts'
import type { Context } from '../../../lib/ports/context.ts'
import type { BackupManifest } from '../../../lib/run/backup.ts'
import { openPostgres } from '../../../lib/store/postgres/open.ts'
import { must } from '../../contracts/harness.ts'
import { auditEntry } from '../../contracts/retention-steps.ts'
import { createEmptyDatabase } from '../../support/database.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { refusal } from '../steps.ts'
import { allRows, fillEveryTable, withClient } from './every-table.ts'
import { bytesOf, openSecond, type Second, urlOf } from './steps.ts'

const EVENT = `INSERT INTO run_events ("runId", type, actor) VALUES ('runs-0', 'run.succeeded', 'ada') RETURNING id`
const ID = /^\d{4}-\d\d-\d\dT\d{6}\.\d{3}Z$/

describe('a ledger with rows in every table', () => {
  const at = useLedger(POSTGRES)
  let id: string
  let before: Record<string, string[]>
  let second: Second
  beforeAll(async () => {
    await fillEveryTable(urlOf(at()))
    await at().store.audit.append(Array.from({ length: 5 }, () => auditEntry()))
    await at().store.raw(EVENT)
    // The numbers of rows that are gone are not given away again.
    await withClient(urlOf(at()), async (client) => {
      const { rows } = await client.query(EVENT)
      await client.query('DELETE FROM run_events WHERE id = $1', [rows[0].id])
    })
    before = await allRows(urlOf(at()))
    second = await openSecond(at())
    const made = await backupLedger(at().as())
    id = made.backup.id
    expect(made.removed).toEqual([])
    await restoreBackup(second.ctx, { id })
  })
  afterAll(() => second.close())

  it('is the same after it was brought back into another database, row by row', async () => {
    expect(id).toMatch(ID)
    const empty = Object.entries(before).filter(([, rows]) => rows.length === 0)
    expect(empty, 'tables without a row to compare').toEqual([])
    const { job_audit: audit, ...rest } = before
    const { job_audit: restoredAudit, ...restored } = await allRows(second.url)
    expect(restored).toEqual(rest)
    expect(restoredAudit).toEqual(expect.arrayContaining(must(audit)))
    expect(must(restoredAudit).length).toBe(must(audit).length + 1)
  })

  it('has a whole audit, which says that it was brought back, and still cannot be changed', async () => {
    expect(await verifyAudit(second.ctx)).toMatchObject({ ok: true, checked: 6, broken: null })
    const [last] = await second.ctx.audit.list({ limit: 1 })
    expect(last).toMatchObject({ seq: 6, action: 'ledger.restored', stats: { backup: id } })
    const change = withClient(second.url, (client) => client.query('UPDATE job_audit SET reason = NULL'))
    await expect(change).rejects.toThrow('append-only')
  })

  it('gives rows the numbers that come next, and tells webhooks of what is new', async () => {
    await withClient(second.url, async (client) => {
      const { rows } = await client.query(EVENT)
      const event = Number(rows[0].id)
      expect(event).toBe(6)
      const told = await client.query('SELECT 1 FROM deliveries WHERE "eventId" = $1', [
        `evt_runs-0_${event}`,
      ])
      expect(told.rows).toHaveLength(2)
      const key = `INSERT INTO scripts (name) VALUES ('new') RETURNING id`
      expect((await client.query(key)).rows).toEqual([{ id: 4 }])
    })
  })

  it('is refused by a database that has rows, and by one without tables', async () => {
    const again = await refusal(restoreBackup(second.ctx, { id }))
    expect(again).toMatchObject({ code: 'conflict', message: expect.stringContaining('has rows in') })
    const bare = await createEmptyDatabase()
    const store = await openPostgres({ url: bare.url })
    const { code, message } = await refusal(restoreBackup({ ...at().as(), backups: store.backups }, { id }))
    expect([code, message]).toEqual(['conflict', expect.stringContaining('runledger migrate')])
    await store.close()
    await bare.drop()
  })

  it('is told from what is no backup', async () => {
    expect(await refusal(restoreBackup(at().as(), { id: '2020-01-01T000000.000Z' }))).toMatchObject({
      code: 'not_found',
    })
    expect(await refusal(restoreBackup(at().as(), { id: '../secrets' }))).toMatchObject({
      code: 'invalid',
    })
  })

  describe('with a fault', () => {
    let third: Second
    beforeAll(async () => {
      third = await openSecond(at())
    })
    afterAll(() => third.close())

    const isEmpty = async () => expect(Object.values(await allRows(third.url)).flat()).toEqual([])
    const put = async (ctx: Context, key: string, body: Uint8Array) => void (await ctx.objects.put(key, body))

    it.each<[name: string, file: string, change: (bytes: Uint8Array) => Uint8Array]>([
      ['a flipped byte in a table', 'runs.ndjson.gz', (bytes) => flipped(bytes, bytes.length >> 1)],
      ['a flipped byte in the last table', 'webhooks.ndjson.gz', (bytes) => flipped(bytes, bytes.length - 3)],
      ['a table that breaks off', 'outputs.ndjson.gz', (bytes) => bytes.subarray(0, bytes.length - 9)],
      ['bytes behind a table', 'job_audit.ndjson.gz', (bytes) => Buffer.concat([bytes, Buffer.alloc(4)])],
      [
        'a digit changed in the manifest',
        'manifest.json',
        (bytes) => changed(bytes, '"rows": 3', '"rows": 4'),
      ],
      ['a manifest that breaks off', 'manifest.json', (bytes) => bytes.subarray(0, 900)],
    ])('%s is refused, named, and nothing is written', async (_, file, change) => {
      const key = `backups/${id}/${file}`
      const whole = await bytesOf(at().as(), key)
      await put(at().as(), key, change(whole))
      try {
        const { code, message } = await refusal(restoreBackup(third.ctx, { id }))
        expect([code, message]).toEqual(['conflict', expect.stringContaining(key)])
        await isEmpty()
      } finally {
        await put(at().as(), key, whole)
      }
    })

    it('a missing table is refused, named', async () => {
      const key = `backups/${id}/alerts.ndjson.gz`
      const whole = await bytesOf(at().as(), key)
      await at().ports.objects.deleteMany([key])
      const { code, message } = await refusal(restoreBackup(third.ctx, { id }))
      expect([code, message]).toEqual(['conflict', expect.stringContaining(`${key} is missing`)])
      await put(at().as(), key, whole)
      await isEmpty()
    })

    it('a table that changes while it is brought back leaves nothing behind', async () => {
      const key = `backups/${id}/webhooks.ndjson.gz`
      const whole = await bytesOf(at().as(), key)
      const { objects } = third.ctx
      let reads = 0
      const get: typeof objects.get = async (wanted, options) => {
        if (wanted === key && ++reads === 2) await put(at().as(), key, flipped(whole, 20))
        return objects.get(wanted, options)
      }
      const ctx = { ...third.ctx, objects: Object.assign(Object.create(objects), { get }) }
      expect(await refusal(restoreBackup(ctx, { id }))).toMatchObject({ code: 'conflict' })
      expect(reads).toBe(2)
      await put(at().as(), key, whole)
      await isEmpty()
    })

    it.each<[name: string, change: (manifest: BackupManifest) => Partial<BackupManifest>, words: string]>([
      ['a newer schema', ({ schema }) => ({ schema: { ...schema, version: schema.version + 1 } }), 'upgrade'],
      ['an older schema', ({ schema }) => ({ schema: { ...schema, version: 1 } }), 'migrate --to 1`'],
      ['a table too few', ({ files }) => ({ files: files.slice(1) }), 'does not have the table'],
    ])('%s is refused, with what to do', async (_, change, words) => {
      const other = '2021-01-01T000000.000Z'
      const manifest = must(await readManifest(at().as(), id))
      await writeManifest(at().as(), { ...manifest, ...change(manifest), id: other })
      const { code, message } = await refusal(restoreBackup(third.ctx, { id: other }))
      await at().ports.objects.deleteMany([`backups/${other}/manifest.json`])
      expect([code, message]).toEqual(['conflict', expect.stringContaining(words)])
      await isEmpty()
    })

    it('does it no harm once it is gone: the same backup comes back', async () => {
      await restoreBackup(third.ctx, { id })
      expect((await allRows(third.url)).runs).toEqual(before.runs)
    })
  })
})

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, n) => (n === at ? byte ^ 1 : byte))
}

function changed(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const text = new TextDecoder().decode(bytes)
  expect(text).toContain(from)
  return new TextEncoder().encode(text.replace(from, to))
}
