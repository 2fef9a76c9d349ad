import { fileURLToPath } from 'node:url'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { describe, expect, inject, it } from 'vitest'
import { backupLedger } from '../../../lib/ledger/backups/backup-ledger.ts'
import { restoreBackup } from '../../../lib/ledger/backups/restore-backup.ts'
import { migratePostgres } from '../../../lib/store/postgres/migrate.ts'
import { openPostgres } from '../../../lib/store/postgres/open.ts'
import { must } from '../../contracts/harness.ts'
import { openStore } from '../../contracts/open-store.ts'
import { createDatabase, createEmptyDatabase } from '../../support/database.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { allRows, fillEveryTable } from './every-table.ts'
import { openSecond, urlOf } from './steps.ts'

const MIGRATIONS = readMigrationFiles({
  migrationsFolder: fileURLToPath(new URL('../../../drizzle/postgres', import.meta.url)),
}).map(({ folderMillis }) => folderMillis)
describe('a ledger of an older schema', () => {
  const at = useLedger(POSTGRES)

  it('is brought back into a database that is migrated no further, and then as far as all', async () => {
    const to = must(MIGRATIONS.at(-2))
    const [older, restored] = await Promise.all([createEmptyDatabase(), createEmptyDatabase()])
    for (const { url } of [older, restored]) await migratePostgres(url, { to })
    await fillEveryTable(older.url)
    const [from, into] = await Promise.all([older, restored].map(({ url }) => openPostgres({ url })))
    const { backup } = await backupLedger({ ...at().as(), backups: must(from).backups })
    expect(backup.schemaVersion).toBe(to)
    await restoreBackup({ ...at().as(), backups: must(into).backups }, { id: backup.id })
    for (const { url } of [older, restored]) expect(await migratePostgres(url)).toBe(1)
    const [{ job_audit: _, ...before }, { job_audit: audit, ...after }] = await Promise.all([
      allRows(older.url),
      allRows(restored.url),
    ])
    expect(after).toEqual(before)
    expect(audit).toHaveLength(1)
    await Promise.all([from, into].map((store) => must(store).close()))
    await Promise.all([older.drop(), restored.drop()])
  })
})

describe('through the Neon driver', () => {
  const at = useLedger(POSTGRES)

  it('a ledger is backed up and brought back the same', async () => {
    await fillEveryTable(urlOf(at()))
    const fresh = await createDatabase()
    const relay = inject('neonRelay')
    const [from, into] = await Promise.all(
      [urlOf(at()), fresh.url].map((url) => openStore({ engine: 'neon', url, relay })),
    )
    const { backup } = await backupLedger({ ...at().as(), backups: must(from).backups })
    await restoreBackup({ ...at().as(), backups: must(into).backups }, { id: backup.id })
    const [{ job_audit: _, ...before }, { job_audit: __, ...after }] = await Promise.all([
      allRows(urlOf(at())),
      allRows(fresh.url),
    ])
    expect(after).toEqual(before)
    await Promise.all([from, into].map((store) => must(store).close()))
    await fresh.drop()
  })
})

describe('an empty ledger', () => {
  const at = useLedger(POSTGRES)

  it('is backed up and brought back', async () => {
    const { backup } = await backupLedger(at().as())
    const second = await openSecond(at())
    expect(await restoreBackup(second.ctx, { id: backup.id })).toEqual(backup)
    expect(backup).toMatchObject({ status: 'complete', rows: 0 })
    await second.close()
  })

  it('that is fresh has no row in any table', async () => {
    const { url, drop } = await createDatabase()
    expect(Object.values(await allRows(url)).flat()).toEqual([])
    await drop()
  })
})
