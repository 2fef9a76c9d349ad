import type { OpenStore } from '../../ports/open-store.ts'
import { postgresArchiveStore } from './archive-store.ts'
import { postgresAuditStore } from './audit-store.ts'
import { postgresBackupStore } from './backup-store.ts'
import { type ConnectOptions, connect } from './connect.ts'
import { postgresCronStore } from './cron-store.ts'
import { postgresApprovalStore } from './deletion-approvals.ts'
import { postgresReconcileStore } from './deletion-reconcile.ts'
import { postgresDeletionStore } from './deletion-store.ts'
import { postgresKeyStore } from './key-store.ts'
import { postgresLimitStore } from './limit-store.ts'
import { postgresLogStore } from './log-store.ts'
import { postgresMetricsStore } from './metrics-store.ts'
import { postgresNoticeStore } from './notice-store.ts'
import { postgresOutputStore } from './output-store.ts'
import { query, queryUnnamed } from './query.ts'
import { postgresRetentionStore } from './retention-store.ts'
import { postgresRunStore } from './run-store.ts'
import { postgresScriptStore } from './script-store.ts'
import { postgresStorageStore } from './storage-store.ts'
import { postgresSweepStore } from './sweep-store.ts'
import { postgresWorkStore } from './work-store.ts'

/** A Postgres database behind the ports. Opens no connection before it is used; `migratePostgres` makes its tables. */
export async function openPostgres(options: ConnectOptions): Promise<OpenStore> {
  const pool = await connect(options)
  return {
    runs: postgresRunStore(pool),
    logs: postgresLogStore(pool),
    outputs: postgresOutputStore(pool),
    keys: postgresKeyStore(pool),
    limits: postgresLimitStore(pool),
    metrics: postgresMetricsStore(pool),
    notices: postgresNoticeStore(pool),
    scripts: postgresScriptStore(pool),
    sweeps: postgresSweepStore(pool),
    retentionStore: postgresRetentionStore(pool),
    audit: postgresAuditStore(pool),
    archives: postgresArchiveStore(pool),
    backups: postgresBackupStore(options),
    storage: postgresStorageStore(pool),
    deletions: postgresDeletionStore(pool),
    approvals: postgresApprovalStore(pool),
    reconciliation: postgresReconcileStore(pool),
    cron: postgresCronStore(pool),
    work: postgresWorkStore(pool),
    async ping() {
      await query(pool, 'SELECT 1')
    },
    raw: (text) => queryUnnamed(pool, text, []),
    close: () => pool.end(),
  }
}
