import type { DeletedPlace, DeletionStore } from '../../ports/deletion-store.ts'
import type { RestorableRun } from '../../run/deletion.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'

/** Rows of the index that one look goes over, most of which may be past their grace. */
const SEEN_AT_ONCE = 5_000

/** What was deleted lately, and can be restored. */
export function deletionRestorable(pool: Pool): Pick<DeletionStore, 'restorable'> {
  return {
    async restorable({ after, limit }) {
      const { deletedAt, id } = after ?? { deletedAt: 'infinity', id: '' }
      const rows = await query(pool, RESTORABLE, [deletedAt, id, SEEN_AT_ONCE, limit])
      const found = rows.filter((row) => row.isOne)
      const last = rows.at(-1)
      const isMore = found.length === limit || last?.seen === SEEN_AT_ONCE
      return {
        runs: found.map(
          ({ isOne: _isOne, seen: _seen, found: _found, ...run }) => run,
        ) as unknown as RestorableRun[],
        next: isMore && last !== undefined ? placeOf(last) : null,
      }
    },
  }
}

const placeOf = ({ deletedAt, id }: Record<string, unknown>): DeletedPlace => ({
  deletedAt: deletedAt as string,
  id: id as string,
})

/** Down the index of what was deleted: so many that can be restored, and the last one that was looked at, to go on from. */
const RESTORABLE = `
  SELECT * FROM (
    SELECT *, sum("isOne"::int) OVER (ORDER BY seen) AS found FROM (
      SELECT r.id, r.kind, r."projectId", r.state, r."finishedAt", r."deletedAt", r."purgeAfter", r."deletionReason",
        CASE WHEN r."archivePath" IS NULL THEN r."logBytes" + r."outputBytes" ELSE coalesce(r."archiveBytes", 0) END AS bytes,
        (row_number() OVER (ORDER BY r."deletedAt" DESC, r.id DESC))::int AS seen,
        r."storageState" = 'deleted' AND coalesce(r."purgeAfter" > now(), false) AS "isOne"
      FROM runs r WHERE r."deletedAt" IS NOT NULL AND (r."deletedAt", r.id) < ($1::timestamptz, $2)
      ORDER BY r."deletedAt" DESC, r.id DESC LIMIT $3
    ) looked
  ) counted
  WHERE found <= $4 AND ("isOne" OR seen = $3)
  ORDER BY seen`
