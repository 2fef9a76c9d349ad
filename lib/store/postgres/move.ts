import type { Move, StoreTime } from '../../ports/run-store.ts'
import type { Run } from '../../run/run.ts'
import { guarded, type Pool, type PoolClient, transaction } from './connect.ts'
import { moveStatement, shapeOf } from './move-statement.ts'
import { query } from './query.ts'
import { fromRow } from './row.ts'

/**
 * `RunStore.move`: the moves that set and ask for the same columns share one statement, whose text is made once. Several
 * statements share a transaction that first locks all runs in one order, or two callers could wait for each other.
 */
export async function moveRuns(pool: Pool, moves: Move[]): Promise<(Run | null)[]> {
  const groups = [...Map.groupBy(moves.entries(), ([, move]) => shapeOf(move)).values()]
  if (groups.length <= 1) return moveGroups(pool, moves.length, groups)
  return guarded(() =>
    transaction(pool, 'BEGIN', async (client) => {
      await query(client, LOCK, [moves.map((move) => move.id)])
      return moveGroups(client, moves.length, groups)
    }),
  )
}

const LOCK = 'SELECT 1 FROM runs WHERE id = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE'

async function moveGroups(
  on: Pool | PoolClient,
  count: number,
  groups: [number, Move][][],
): Promise<(Run | null)[]> {
  const answers = new Array<Run | null>(count).fill(null)
  for (const group of groups) {
    const first = group[0]?.[1]
    if (first === undefined) continue
    const place = new Map(group.map(([n, move]) => [move.id, n]))
    const input = JSON.stringify(group.map(([, move]) => toInput(move)))
    for (const row of await query(on, moveStatement(first, group.length > 1), [input]))
      answers[place.get(row.id as string) ?? 0] = fromRow(row)
  }
  return answers
}

function toInput({ id, guard, patch, events, actor }: Move): object {
  const times = {
    runAt: timeValue(patch.runAt),
    finishedAt: timeValue(patch.finishedAt),
    cancelRequestedAt: timeValue(patch.cancelRequestedAt),
  }
  return {
    ...patch,
    ...times,
    id,
    guard_fence: guard?.fence,
    guard_errorCode: guard?.errorCode,
    guard_storageState: guard?.storageState,
    guard_origin: guard?.origin,
    guard_projectId: guard?.projectId,
    actor,
    events,
  }
}

const timeValue = (time: StoreTime | null | undefined) =>
  typeof time === 'object' && time !== null ? ('at' in time ? time.at : time.inMs) : undefined
