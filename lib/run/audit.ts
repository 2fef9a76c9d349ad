import { z } from 'zod'
import { canonicalJson } from './canonical-json.ts'
import { RunId } from './ids.ts'
import type { Run } from './run.ts'

/** What is kept for ever that somebody did it. */
export const AuditAction = z.enum([
  'run.archived',
  'run.restored',
  'run.deleted',
  'run.purged',
  'run.held',
  'run.released',
  'run.retained',
  'policies.changed',
  'sweep.approved',
  'orphans.deleted',
  'ledger.restored',
  'cron.created',
  'cron.changed',
  'cron.deleted',
  'cron.settings',
  'cron.triggered',
  'cron.canceled',
  'cron.seeded',
  'cron.reloaded',
  'webhook.created',
  'webhook.changed',
  'webhook.rotated',
  'webhook.deleted',
  'key.created',
  'key.rotated',
  'key.revoked',
])
export type AuditAction = z.infer<typeof AuditAction>

const text = z.string().nullable()
const instant = z.iso.datetime().nullable()
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** One row of what was done to whose data, by whom and why: source 002's columns, chained by hashes. */
export const AuditRow = z
  .object({
    seq: z.number().int().min(1).meta({ description: 'Its place in the chain, from 1, without a gap' }),
    id: RunId,
    action: AuditAction,
    phase: z
      .enum(['pending', 'confirmed'])
      .nullable()
      .meta({ description: '`pending`: about to be done; `confirmed`: done; null: done with this row' }),
    at: z.iso.datetime(),
    actor: z.string(),
    requestId: text,
    sweepId: text,
    reason: text,
    jobId: text.meta({ description: 'The run' }),
    jobName: text.meta({ description: 'Its name, or its kind where it has none' }),
    projectId: text,
    folderName: text,
    createdAt: instant,
    completedAt: instant,
    archivedAt: instant,
    deletedAt: instant,
    createdBy: text.meta({ description: 'Whose run it was' }),
    deletionReason: text,
    stats: z.record(z.string(), z.unknown()).meta({ description: 'The run’s figures, or what was changed' }),
    prevHash: Sha256.meta({ description: 'The hash of the row before; of the first row, zeros' }),
    hash: Sha256.meta({ description: 'SHA-256 of all of the above as canonical JSON (RFC 8785)' }),
  })
  .meta({ id: 'AuditRow', description: 'What was done, by whom and why; never changed' })
export type AuditRow = z.infer<typeof AuditRow>

/** The last row of a chain. */
export type AuditHead = Pick<AuditRow, 'seq' | 'hash' | 'at'>

/** What stands before the first row. */
export const NO_HASH = '0'.repeat(64)

/** What a row's hash is made of: all of it but the hash, as one text. */
export function auditText({ hash: _hash, ...row }: Omit<AuditRow, 'hash'> & { hash?: string }): string {
  return canonicalJson(row)
}

/** What the rows tell of a run. */
export type AuditedRun = Pick<
  Run,
  | 'id'
  | 'name'
  | 'kind'
  | 'projectId'
  | 'folderName'
  | 'createdAt'
  | 'finishedAt'
  | 'archivedAt'
  | 'deletedAt'
  | 'createdBy'
  | 'state'
  | 'attempt'
  | 'durationMs'
  | 'exitCode'
  | 'logBytes'
  | 'outputBytes'
  | 'outputCount'
  | 'archiveBytes'
  | 'archiveSha256'
  | 'archivePath'
  | 'memoryPeakBytes'
  | 'cpuSeconds'
  | 'storageState'
>

/** The columns that tell of a run, with its figures as they stand. */
export function auditOfRun(run: AuditedRun) {
  const { id, name, kind, projectId, folderName, createdAt, finishedAt, archivedAt, deletedAt, createdBy } =
    run
  const { state, attempt, durationMs, exitCode, logBytes, outputBytes, outputCount, archiveBytes } = run
  const { archiveSha256, archivePath, memoryPeakBytes, cpuSeconds, storageState } = run
  return {
    jobId: id,
    jobName: name ?? kind,
    projectId,
    folderName,
    createdAt,
    completedAt: finishedAt,
    archivedAt,
    deletedAt,
    createdBy,
    stats: {
      kind,
      state,
      storageState,
      attempt,
      durationMs,
      exitCode,
      logBytes,
      outputBytes,
      outputCount,
      archiveBytes,
      archiveSha256,
      archivePath,
      memoryPeakBytes,
      cpuSeconds,
    },
  }
}
