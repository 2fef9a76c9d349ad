import type { DatabaseSync } from 'node:sqlite'
import type { OpenStore } from '../../ports/open-store.ts'
import { createApprovalStore } from './approval-store.ts'
import { createArchiveStore } from './archive-store.ts'
import { createAuditStore } from './audit-store.ts'
import { createBackupStore } from './backup-store.ts'
import { connect } from './connection.ts'
import { createCronStore } from './cron-store.ts'
import { createDeletionStore } from './deletion-store.ts'
import { createKeyStore } from './key-store.ts'
import { createLimitStore } from './limit-store.ts'
import { createLogStore } from './log-store.ts'
import { createMetricsStore } from './metrics-store.ts'
import { MIGRATIONS, migrate } from './migrate.ts'
import { createNoticeStore } from './notice-store.ts'
import { openFile } from './open-file.ts'
import { createOutputStore } from './output-store.ts'
import { createReconcileStore } from './reconcile-store.ts'
import { createRetentionStore } from './retention-store.ts'
import { createRunStore } from './run-store.ts'
import { createScriptStore } from './script-store.ts'
import { createStorageStore } from './storage-store.ts'
import { createSweepStore } from './sweep-store.ts'
import { toUnavailable } from './unavailable.ts'
import { createWorkStore } from './work-store.ts'

export interface OpenSqliteOptions {
  /** The database file, or `:memory:`. */
  path: string
  /** Default: the program's own. */
  migrationsFolder?: string
}

/**
 * Opens the ledger of this machine, creating it when there is none, and brings its schema up to date. Any number of
 * processes may have it open; one at a time writes, the others wait for it up to 5 seconds, with their event loop.
 *
 * @throws LedgerError `unavailable`: the path cannot be opened, is not a database, was made by a newer program, the disk
 * is full, or another process did not let go of it in time.
 */
export async function openSqlite(options: OpenSqliteOptions): Promise<OpenStore> {
  const { path, migrationsFolder = MIGRATIONS } = options
  const database = await openFile(path).catch((error: unknown) => {
    throw toUnavailable(error, path)
  })
  const db = connect(database, path)
  try {
    await migrate(db, path, migrationsFolder)
  } catch (error) {
    database.close()
    throw error
  }
  return {
    runs: createRunStore(db, database),
    logs: createLogStore(db),
    outputs: createOutputStore(db),
    keys: createKeyStore(),
    limits: createLimitStore(),
    metrics: createMetricsStore(),
    notices: createNoticeStore(),
    scripts: createScriptStore(),
    sweeps: createSweepStore(),
    retentionStore: createRetentionStore(),
    audit: createAuditStore(),
    archives: createArchiveStore(),
    backups: createBackupStore(),
    storage: createStorageStore(),
    deletions: createDeletionStore(),
    approvals: createApprovalStore(),
    reconciliation: createReconcileStore(),
    cron: createCronStore(),
    work: createWorkStore(),
    ping: async () => db.read(() => db.run('SELECT count(*) FROM sqlite_schema')),
    raw: async (sql) => db.read(() => database.prepare(sql).all()),
    close: async () => closeOnce(database),
  }
}

function closeOnce(database: DatabaseSync): void {
  if (database.isOpen) database.close()
}
