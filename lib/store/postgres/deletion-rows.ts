import type { AuditEntry } from '../../ports/audit-store.ts'
import type { DeletableRun, DeletionAuthor, DeletionBatch } from '../../ports/deletion-store.ts'
import { auditOfRun } from '../../run/audit.ts'
import { durationMs } from '../../run/stored-run.ts'
import { IS_FREE, IS_KEPT } from './storage-leases.ts'
import { IS_FINAL } from './whether-open.ts'

const NAMES = [
  'id',
  'name',
  'kind',
  'projectId',
  'scriptId',
  'folderName',
  'state',
  'createdAt',
  'startedAt',
  'finishedAt',
  'createdBy',
  'attempt',
  'exitCode',
  'logBytes',
  'logFile',
  'outputBytes',
  'outputCount',
  'archiveBytes',
  'archiveSha256',
  'archivePath',
  'memoryPeakBytes',
  'cpuSeconds',
  'storageState',
  'storageFence',
  'archivedAt',
  'restoredAt',
  'deletedAt',
  'deletionReason',
  'purgeAfter',
  'retainUntil',
  'holdUntil',
]

const BRIEF = [
  'id',
  'kind',
  'projectId',
  'state',
  'createdAt',
  'finishedAt',
  'logBytes',
  'logFile',
  'outputBytes',
  'outputCount',
  'archiveBytes',
  'archivePath',
  'storageState',
  'archivedAt',
  'restoredAt',
  'deletedAt',
  'purgeAfter',
  'retainUntil',
  'holdUntil',
]

/** What a count of what is due reads of the run `r`. */
export const BRIEF_COLUMNS = [...BRIEF.map((name) => `r."${name}"`), `${IS_FREE} AS "isFree"`].join(', ')

/** What deleting reads of the run `r`. */
export const DELETABLE_COLUMNS = [
  ...NAMES.map((name) => `r."${name}"`),
  `${IS_FREE} AS "isFree"`,
  `(r."logBytes" = 0 AND r."logFile" IS NULL AND r."outputCount" = 0 AND r."archivePath" IS NULL) AS "isBare"`,
].join(', ')

/** The row becomes the run itself: there may be a million of them. */
export function toDeletable(row: Record<string, unknown>): DeletableRun {
  row.durationMs = durationMs(row.startedAt, row.finishedAt)
  return row as unknown as DeletableRun
}

/** What a batch says of its runs, as the statements read it. */
export function seenOf({ runs }: Pick<DeletionBatch, 'runs'>): string {
  return JSON.stringify(
    runs.map(({ id, storageFence, storageState, archiveSha256, ...judged }) => {
      const { finishedAt, retainUntil, outputCount, logBytes } = judged
      const files = { fence: storageFence, state: storageState, sha: archiveSha256 }
      return { id, ...files, finishedAt, retainUntil, outputCount, logBytes }
    }),
  )
}

const SEEN = `s(id text, fence int, state text, sha text, "finishedAt" timestamptz, "retainUntil" timestamptz, "outputCount" int,
      "logBytes" bigint)`
/** Nothing has happened that it was not judged by: a retry, another upload, a longer log, somebody who asked to keep it. */
const IS_AS_JUDGED = ['finishedAt', 'retainUntil', 'outputCount', 'logBytes']
  .map((name) => `r."${name}" IS NOT DISTINCT FROM s."${name}"`)
  .join(' AND ')

/**
 * The runs of `$1` that may go: as they were seen, ended, not held, nobody at their files. They are locked, in one order, until
 * the transaction ends; whoever holds one first is waited for, and then it is asked again.
 */
export const lockedRuns = (where: string) => `
  locked AS MATERIALIZED (
    SELECT r.id FROM jsonb_to_recordset($1::jsonb) AS ${SEEN}
    JOIN runs r ON r.id = s.id
    WHERE r."storageFence" = s.fence AND r."storageState"::text = s.state AND r."archiveSha256" IS NOT DISTINCT FROM s.sha
      AND ${IS_AS_JUDGED} AND ${IS_FINAL} AND coalesce(${IS_KEPT}, false) = false AND ${IS_FREE} AND ${where}
    ORDER BY r.id FOR UPDATE OF r
  )`

/** Rows of the audit for runs as they were before. */
export function auditEntries(
  runs: DeletableRun[],
  { newId, actor, requestId, sweepId, reason }: DeletionAuthor,
  said: Pick<AuditEntry, 'action' | 'phase' | 'deletedAt'>,
): AuditEntry[] {
  const author = { actor, requestId, sweepId, reason, deletionReason: reason }
  return runs.map((run) => ({ ...auditOfRun(run), ...said, ...author, id: newId() }))
}
