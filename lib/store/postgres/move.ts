import type { Move, StoreTime } from '../../ports/run-store.ts'
import { guarded, type Pool, type PoolClient, transaction } from './connect.ts'
import { type Answer, moveStatement, shapeOf } from './move-statement.ts'
import { query } from './query.ts'

type Row = Record<string, unknown>

/**
 * `RunStore.move`, as rows: the moves that set and ask for the same columns share one statement, whose text is made once.
 * Several statements share a transaction that first locks all runs in one order, or two callers could wait for each other.
 */
export async function moveRuns(pool: Pool, moves: Move[], answer: Answer): Promise<(Row | null)[]> {
  const answers = new Array<Row | null>(moves.length).fill(null)
  const groups = [...Map.groupBy(moves.entries(), ([, move]) => shapeOf(move)).values()]
  const moveAll = async (on: Pool | PoolClient) => {
    for (const group of groups) await moveGroup(on, group, answer, answers)
  }
  if (groups.length <= 1) await moveAll(pool)
  else
    await guarded(() =>
      transaction(pool, 'BEGIN', async (client) => {
        await query(client, LOCK, [moves.map((move) => move.id)])
        await moveAll(client)
      }),
    )
  return answers
}

const LOCK = 'SELECT 1 FROM runs WHERE id = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE'

async function moveGroup(
  on: Pool | PoolClient,
  group: [n: number, move: Move][],
  answer: Answer,
  answers: (Row | null)[],
): Promise<void> {
  const first = group[0]?.[1]
  if (first === undefined) return
  const place = new Map(group.map(([n, move]) => [move.id, n]))
  const input = JSON.stringify(group.map(([, move]) => toInput(move)))
  for (const row of await query(on, moveStatement(first, group.length > 1, answer), [input]))
    answers[place.get(row.id as string) ?? 0] = row
}

function toInput({ id, guard, patch, events, actor }: Move): object {
  return {
    ...patch,
    runAt: timeValue(patch.runAt),
    finishedAt: timeValue(patch.finishedAt),
    cancelRequestedAt: timeValue(patch.cancelRequestedAt),
    id,
    guard_fence: guard?.fence,
    guard_errorCode: guard?.errorCode,
    guard_storageState: guard?.storageState,
    guard_origin: guard?.origin,
    guard_projectId: guard?.projectId,
    actor,
    ...Object.fromEntries(events.map(({ data }, n) => [`event_${n}`, data])),
  }
}

const timeValue = (time: StoreTime | null | undefined) =>
  typeof time === 'object' && time !== null ? ('at' in time ? time.at : time.inMs) : undefined
