import { createHash, randomBytes } from 'node:crypto'
import { monotonicFactory } from 'ulid'
import type { Ports } from '../ports/context.ts'
import type { Log } from '../ports/log.ts'
import type { ObjectStore } from '../ports/object-store.ts'
import type { OpenStore } from '../ports/open-store.ts'
import { logRedactor } from '../secrets/redact-log.ts'
import { secretlintScanner } from '../secrets/secretlint-scanner.ts'
import type { Config } from './config.ts'
import { openNotices } from './open-notices.ts'
import { processUsage } from './process-usage.ts'
import { retentionSettings } from './retention-variables.ts'
import { scheduleVariables } from './schedule-variables.ts'
import { processSignals } from './signals.ts'
import { hkdfSigner } from './signer.ts'
import { storeFaultsOf } from './store-faults.ts'

export interface OpenPortsOptions {
  secret: string
  objects: ObjectStore
  log: Log
  adminKey?: string | undefined
}

/** Everything the verbs need, around an opened store. */
export function openPorts(
  store: OpenStore,
  config: Config,
  { secret, objects, log, adminKey }: OpenPortsOptions,
): Ports {
  const now = () => Date.now()
  const secrets = secretlintScanner()
  return {
    runs: store.runs,
    logs: store.logs,
    outputs: store.outputs,
    objects,
    storeFaults: storeFaultsOf(objects),
    keys: store.keys,
    limits: store.limits,
    metrics: store.metrics,
    notices: store.notices,
    ...openNotices(config),
    scripts: store.scripts,
    sweeps: store.sweeps,
    retentionStore: store.retentionStore,
    audit: store.audit,
    archives: store.archives,
    backups: store.backups,
    storage: store.storage,
    deletions: store.deletions,
    approvals: store.approvals,
    reconciliation: store.reconciliation,
    cron: store.cron,
    work: store.work,
    variables: scheduleVariables(),
    usage: processUsage,
    secrets,
    redactor: logRedactor(secrets, { pii: config.REDACT_PII }),
    logMaxBytes: config.LOG_MAX_BYTES,
    staleAfterSeconds: config.STALE_AFTER_DAYS * 86_400,
    retention: retentionSettings(config),
    signer: hkdfSigner(secret, config.RUNLEDGER_SECRET_PREVIOUS),
    signals: processSignals(),
    log,
    adminKeyHash: adminKey === undefined ? null : createHash('sha256').update(adminKey).digest('hex'),
    rateLimits: {
      enqueue: config.RATE_LIMIT_ENQUEUE,
      cancel: config.RATE_LIMIT_CANCEL,
      presign: config.RATE_LIMIT_PRESIGN,
      search: config.RATE_LIMIT_SEARCH,
      'sign-in': config.RATE_LIMIT_SIGN_IN,
    },
    newId: monotonicFactory(),
    random: Math.random,
    now,
    randomToken: (bytes) => randomBytes(bytes).toString('base64url'),
  }
}
