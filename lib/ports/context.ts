import type { Actor } from './actor.ts'
import type { AlertChannels } from './alert-channels.ts'
import type { ApprovalStore } from './approval-store.ts'
import type { ArchiveStore } from './archive-store.ts'
import type { AuditStore } from './audit-store.ts'
import type { BackupStore } from './backup-store.ts'
import type { CronStore } from './cron-store.ts'
import type { DeletionStore } from './deletion-store.ts'
import type { KeyStore } from './key-store.ts'
import type { LimitStore } from './limit-store.ts'
import type { Log } from './log.ts'
import type { LogRedactor } from './log-redactor.ts'
import type { LogStore } from './log-store.ts'
import type { MetricsStore } from './metrics-store.ts'
import type { NoticeStore } from './notice-store.ts'
import type { ObjectStore } from './object-store.ts'
import type { Outbound } from './outbound.ts'
import type { OutputStore } from './output-store.ts'
import type { ReconcileStore } from './reconcile-store.ts'
import type { RetentionSettings } from './retention-settings.ts'
import type { RetentionStore } from './retention-store.ts'
import type { RunStore } from './run-store.ts'
import type { ScriptStore } from './script-store.ts'
import type { SecretScanner } from './secret-scanner.ts'
import type { Signals } from './signals.ts'
import type { Signer } from './signer.ts'
import type { StorageStore } from './storage-store.ts'
import type { SweepStore } from './sweep-store.ts'
import type { WorkStore } from './work-store.ts'

/** What the ledger runs on; opened once per process by `lib/runtime`. */
export interface Ports {
  runs: RunStore
  logs: LogStore
  outputs: OutputStore
  objects: ObjectStore
  /** What the object store was seen to do wrong, so that nothing may be removed from it; it is tried once, when first asked. */
  storeFaults: () => Promise<string[]>
  keys: KeyStore
  limits: LimitStore
  metrics: MetricsStore
  notices: NoticeStore
  outbound: Outbound
  alertChannels: AlertChannels
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
  /** What `${…}` in a schedule may stand for. */
  variables: Readonly<Record<string, string | undefined>>
  /** What the process takes: memory now, time of a processor since its start. */
  usage: () => { memoryBytes: number; cpuMs: number }
  secrets: SecretScanner
  redactor: LogRedactor
  /** What one attempt's log may have. */
  logMaxBytes: number
  /** For how long a run may run, where its script says nothing else, before it is stale. */
  staleAfterSeconds: number
  /** How long data is kept where no policy says otherwise, and how it is put away. */
  retention: RetentionSettings
  signer: Signer
  signals: Signals
  log: Log
  /** SHA-256 of the key in `RUNLEDGER_ADMIN_KEY`, in hex; null when there is none. */
  adminKeyHash: string | null
  /** Requests per key and minute (`sign-in`: per address); 0 is no limit. */
  rateLimits: Record<LimitName, number>
  /** A new ULID. */
  newId: () => string
  /** In [0, 1). */
  random: () => number
  /** Milliseconds since 1970, for pacing only: what is due or expired is the store's to say. */
  now: () => number
  /** Bytes of randomness, as base64url. */
  randomToken: (bytes: number) => string
}

/** What is limited. */
export type LimitName = 'enqueue' | 'cancel' | 'presign' | 'search' | 'sign-in'

/** How much of a limit is left, for the `RateLimit` headers. */
export interface LimitState {
  name: LimitName
  limit: number
  remaining: number
  resetSeconds: number
}

/** What a verb is given: the ports, and on whose behalf. */
export interface Context extends Ports {
  actor: Actor
  requestId: string
  /** Told what is left of a rate limit each time one is touched. */
  noteLimit?: (state: LimitState) => void
}
