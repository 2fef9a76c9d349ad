import { listRuns } from '../../../ledger/runs/list-runs.ts'
import type { Context } from '../../../ports/context.ts'
import type { Run } from '../../../run/run.ts'

const LOOKED_AT = 20

/** How often a kind has failed one after the other, up to a run that has. */
export interface Streak {
  failures: number
  /** When the first of them was created. */
  since: string
  /** Whether those before were not looked at. */
  isMore: boolean
  lastSuccess: Run | null
}

/** The failures up to this one, among the last 20 runs of its kind and project that are listed; null of a run that has not failed. */
export async function streakOf(ctx: Context, run: Run): Promise<Streak | null> {
  if (run.state !== 'failed') return null
  const before = new Date(Date.parse(run.createdAt) + 1).toISOString()
  const { data } = await listRuns(ctx, { kind: run.kind, before, limit: LOOKED_AT }, { isBrief: true })
  const older = data.filter(
    ({ id, projectId, state }) => id !== run.id && projectId === run.projectId && isEnd(state),
  )
  const end = older.findIndex(({ state }) => state === 'succeeded')
  const failed = end < 0 ? older : older.slice(0, end)
  return {
    failures: 1 + failed.length,
    since: failed.at(-1)?.createdAt ?? run.createdAt,
    isMore: end < 0 && data.length === LOOKED_AT,
    lastSuccess: older[end] ?? null,
  }
}

const isEnd = (state: Run['state']) => state === 'failed' || state === 'succeeded'
