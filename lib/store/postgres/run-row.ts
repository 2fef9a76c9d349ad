import { getTableColumns } from 'drizzle-orm'
import type { Run } from '../../run/run.ts'
import { RunBrief } from '../../run/run-brief.ts'
import { durationMs } from '../../run/stored-run.ts'
import { runs } from './schema.ts'

const OWN = new Set([
  'claimId',
  'idempotencyHash',
  'nextLogOffset',
  'logFinalOffset',
  'logObjectBytes',
  'storageFence',
  'storageLeaseExpiresAt',
])
const SHOWN = Object.keys(getTableColumns(runs)).filter((name) => !OWN.has(name))
const BRIEF = SHOWN.filter((name) => name in RunBrief.shape)

const listOf = (names: string[]) => (row: string) => names.map((name) => `${row}."${name}"`).join(', ')

/** The columns of `row` that make a run: all but the store's own. */
export const runColumns = listOf(SHOWN)
/** The same with null for the input. */
export const runColumnsBriefly = (row: string) =>
  runColumns(row).replace(`${row}."input"`, 'NULL::jsonb AS "input"')
/** Those that make a brief of one. */
export const briefColumns = listOf(BRIEF)

/** The row of those columns as a run, or as a brief. It becomes the run itself: to copy it takes longer than to read it. */
export function toRun<R extends Run | RunBrief = Run>(row: Record<string, unknown>): R {
  row.durationMs = durationMs(row.startedAt, row.finishedAt)
  return row as unknown as R
}
