import type { FinishedPage, FinishedRun, LastOfKind, RetentionStore } from '../../ports/retention-store.ts'
import { FINAL_STATES } from '../../run/transitions.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'

/** What a plan is made of. */
export function retentionPlan(pool: Pool): Pick<RetentionStore, 'lastOfKind' | 'finished'> {
  return {
    async lastOfKind(asked) {
      const rows =
        asked.length === 0 ? [] : await query(pool, LAST_OF_KIND, [JSON.stringify(asked.map(numbered))])
      const places = new Map(rows.map(({ n, createdAt, id }) => [n, { createdAt, id }]))
      return asked.map((_, n) => (places.get(n) as { createdAt: string; id: string } | undefined) ?? null)
    },
    async finished(page) {
      const [text, values] = finishedStatement(page)
      return (await query(pool, text, values)) as unknown as FinishedRun[]
    },
  }
}

const numbered = (asked: LastOfKind, n: number) => ({ ...asked, n })

const HAS_ENDED = `r.state IN (${FINAL_STATES.map((state) => `'${state}'`).join(', ')})`
/** As the indexes of lists have it, in whose order this goes. */
const IS_LISTED = `r."storageState" IN ('active', 'archiving', 'restoring')`
const IS_ARCHIVED = `r."storageState" = 'archived'`

const lastOf = (where: string) => `
    (SELECT r."createdAt", r.id FROM runs r WHERE r."scriptId" = s.id AND ${HAS_ENDED} AND ${where}
     ORDER BY r."createdAt" DESC, r.id DESC LIMIT a.count)`

/** A kind of a project is a script, whose number its runs have. */
const LAST_OF_KIND = `
  SELECT a.n, l."createdAt", l.id
  FROM jsonb_to_recordset($1::jsonb) AS a(n int, "projectId" text, kind text, count int)
  JOIN scripts s ON coalesce(s."projectId", '') = coalesce(a."projectId", '') AND s.name = a.kind
  CROSS JOIN LATERAL (
    SELECT * FROM (${lastOf(IS_LISTED)} UNION ALL ${lastOf(IS_ARCHIVED)}) both_of
    ORDER BY "createdAt" DESC, id DESC OFFSET a.count - 1 LIMIT 1
  ) l
  WHERE a.count > 0`

const COLUMNS = (
  [
    'id',
    'kind',
    'projectId',
    'state',
    'createdAt',
    'finishedAt',
    'storageState',
    'outputCount',
    'archivedAt',
    'restoredAt',
    'deletedAt',
    'purgeAfter',
    'retainUntil',
    'holdUntil',
    'logBytes',
    'outputBytes',
    'archiveBytes',
  ] satisfies (keyof FinishedRun)[]
)
  .map((name) => `r."${name}"`)
  .join(', ')

/** What is asked for stands in the text, so that the index of such lists serves it. A run is made before it ends. */
function finishedStatement({
  until,
  isArchived,
  after,
  projectId,
  kind,
  limit,
}: FinishedPage): [string, unknown[]] {
  const values: unknown[] = [until, limit]
  const given = (value: unknown) => `$${values.push(value)}`
  const where = [
    isArchived ? IS_ARCHIVED : IS_LISTED,
    HAS_ENDED,
    'r."createdAt" <= $1::timestamptz AND r."finishedAt" <= $1::timestamptz',
    ...(after
      ? [`(r."createdAt", r.id) < (${given(after.createdAt)}::timestamptz, ${given(after.id)})`]
      : []),
    ...(projectId === undefined
      ? []
      : [projectId === null ? 'r."projectId" IS NULL' : `r."projectId" = ${given(projectId)}`]),
    ...(kind === undefined ? [] : [`r.kind = ${given(kind)}`]),
  ]
  const text = `SELECT ${COLUMNS} FROM runs r WHERE ${where.join(' AND ')}
    ORDER BY r."createdAt" DESC, r.id DESC LIMIT $2`
  return [text, values]
}
