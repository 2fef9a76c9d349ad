import type { ApprovalStore } from './approval-store.ts'
import type { ArchiveStore } from './archive-store.ts'
import type { AuditStore } from './audit-store.ts'
import type { BackupStore } from './backup-store.ts'
import type { CronStore } from './cron-store.ts'
import type { DeletionStore } from './deletion-store.ts'
import type { KeyStore } from './key-store.ts'
import type { LimitStore } from './limit-store.ts'
import type { LogStore } from './log-store.ts'
import type { MetricsStore } from './metrics-store.ts'
import type { NoticeStore } from './notice-store.ts'
import type { OutputStore } from './output-store.ts'
import type { ReconcileStore } from './reconcile-store.ts'
import type { RetentionStore } from './retention-store.ts'
import type { RunStore } from './run-store.ts'
import type { ScriptStore } from './script-store.ts'
import type { StorageStore } from './storage-store.ts'
import type { SweepStore } from './sweep-store.ts'
import type { WorkStore } from './work-store.ts'

/** An opened database. */
export interface OpenStore {
  runs: RunStore
  logs: LogStore
  outputs: OutputStore
  keys: KeyStore
  limits: LimitStore
  metrics: MetricsStore
  notices: NoticeStore
  scripts: ScriptStore
  sweeps: SweepStore
  retentionStore: RetentionStore
  audit: AuditStore
  archives: ArchiveStore
  backups: BackupStore
  storage: StorageStore
  deletions: DeletionStore
  approvals: ApprovalStore
  reconciliation: ReconcileStore
  cron: CronStore
  work: WorkStore
  /** Resolves when the database answers; throws `unavailable` when it does not. */
  ping(): Promise<void>
  /** One SQL statement, for tests and repair; never for the product. */
  raw(sql: string): Promise<unknown[]>
  close(): Promise<void>
}
