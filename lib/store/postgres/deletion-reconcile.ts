import type { OutputOfRun, ReconcileStore, StoredOutput, StoredRun } from '../../ports/reconcile-store.ts'
import type { Pool } from './connect.ts'
import { deletionFolders } from './deletion-folders.ts'
import { deletionOrphans } from './deletion-orphans.ts'
import { query } from './query.ts'

/** What a Postgres database knows of objects. */
export function postgresReconcileStore(pool: Pool): ReconcileStore {
  return {
    ...deletionOrphans(pool),
    ...deletionFolders(pool),
    async runsWithObjects({ after, limit }) {
      const rows = await query(pool, RUNS_WITH_OBJECTS, [after, limit])
      const last = rows.at(-1)
      const found = rows.filter(({ isOne }) => isOne) as unknown as StoredRun[]
      return { found, next: last?.seen === limit ? (last.id as string) : null }
    },
    async outputsOf(runId, after, limit) {
      const { path, fence }: Omit<OutputOfRun, 'runId'> = after ?? { path: '', fence: 0 }
      return (await query(pool, OUTPUTS_OF, [runId, path, fence, limit])) as unknown as StoredOutput[]
    },
  }
}

const RUNS_WITH_OBJECTS = `
  SELECT * FROM (
    SELECT r.id, r."storageState", r."logFile", r."outputCount", r."archivePath", r."folderName", r."createdAt",
      (r."storageState" IN ('active', 'archived', 'deleted')
        AND (r."logFile" IS NOT NULL OR r."outputCount" > 0 OR r."archivePath" IS NOT NULL)) AS "isOne",
      (row_number() OVER (ORDER BY r.id))::int AS seen
    FROM runs r WHERE r.id > $1 ORDER BY r.id LIMIT $2
  ) looked WHERE "isOne" OR seen = $2 ORDER BY seen`
const OUTPUTS_OF = `
  SELECT path, fence, "objectKey" AS key FROM outputs
  WHERE "runId" = $1 AND (path, fence) > ($2, $3) AND "committedAt" IS NOT NULL ORDER BY path, fence LIMIT $4`
