import type { Inserted, NewRun } from '../../ports/run-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { toQueuedRun } from '../../run/queued-run.ts'
import type { Run } from '../../run/run.ts'
import { isUniqueViolation, type Pool, type PoolClient } from './connect.ts'
import { insertStatement } from './insert-statement.ts'
import { query } from './query.ts'
import { runColumns, toRun } from './run-row.ts'
import type { scriptRegistry } from './scripts.ts'

const MAX_ROUNDS = 5

/** `RunStore.insert`: one statement adds, a second one reads those that were there before (rule 4). */
export async function insertRuns(
  pool: Pool,
  scripts: ReturnType<typeof scriptRegistry>,
  runs: NewRun[],
): Promise<Inserted[]> {
  const scriptId = await scripts(runs)
  const answers = new Array<Inserted | undefined>(runs.length)
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const open = runs.flatMap((run, n) => (answers[n] === undefined ? [{ n, run }] : []))
    if (open.length === 0) break
    await insertRound(pool, open, scriptId, answers)
  }
  if (answers.includes(undefined))
    throw new LedgerError(
      'unavailable',
      'a run with the same key keeps being deleted and made again; try again',
      {
        retryAfterSeconds: 1,
      },
    )
  return answers as Inserted[]
}

/** Adds runs with new ids and no keys, as a part of somebody's transaction. */
export async function insertRunsWithin(
  client: PoolClient,
  scriptId: ScriptId,
  runs: NewRun[],
): Promise<void> {
  const { text, values } = insertStatement(runs, scriptId, false)
  await query(client, text, values)
}

type ScriptId = (run: NewRun) => number | null
/** A run and its place in the call. */
interface Open {
  n: number
  run: NewRun
}

async function insertRound(
  pool: Pool,
  open: Open[],
  scriptId: ScriptId,
  answers: (Inserted | undefined)[],
): Promise<void> {
  const first = firstOfEach(open)
  const byId = new Map(first.map((one) => [one.run.id, one]))
  for (const row of await addRuns(
    pool,
    first.map(({ run }) => run),
    scriptId,
  )) {
    const { n, run } = byId.get(row.id as string) as Open
    answers[n] = {
      run: toAdded(run, row, scriptId(run)),
      inserted: true,
      idempotencyHash: run.idempotencyHash,
    }
  }
  const taken = open.filter(({ n }) => answers[n] === undefined)
  if (taken.length === 0) return
  const asked = taken.map(({ n, run: { id, projectId, idempotencyKey } }) => ({
    n,
    id,
    projectId,
    idempotencyKey,
  }))
  for (const { n, idempotencyHash: hash, ...row } of await query(pool, FIND_TAKEN, [JSON.stringify(asked)])) {
    const idempotencyHash = hash as string | null
    answers[n as number] = { run: toRun(row), inserted: false, idempotencyHash }
  }
}

/** Ids are new but for those of callers, and keys are rare: only where one may be taken is that looked into beforehand. */
async function addRuns(pool: Pool, runs: NewRun[], scriptId: ScriptId): Promise<Record<string, unknown>[]> {
  const mayMeet = runs.some(({ idempotencyKey, started }) => idempotencyKey !== null || started !== undefined)
  const add = ({ text, values }: ReturnType<typeof insertStatement>) => query(pool, text, values)
  if (mayMeet) return add(insertStatement(inOrder(runs), scriptId, true))
  return add(insertStatement(runs, scriptId, false)).catch((error) => {
    if (!isUniqueViolation(error)) throw error
    return add(insertStatement(inOrder(runs), scriptId, true))
  })
}

/** Batches that share keys take them in one order, or they would wait for each other. */
function inOrder(runs: NewRun[]): NewRun[] {
  const keyOf = ({ projectId, idempotencyKey, id }: NewRun) =>
    `${projectId ?? ''}\n${idempotencyKey ?? ''}\n${id}`
  return runs.length < 2 ? runs : runs.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

/** A run as it now is: of one in the queue the database has decided no more than its times. */
function toAdded(run: NewRun, row: Record<string, unknown>, scriptId: number | null): Run {
  if ('state' in row) return toRun(row)
  const { createdAt, runAt } = row as { createdAt: string; runAt: string }
  return toQueuedRun({ ...run, scriptId, createdAt, runAt })
}

/** Without those that repeat an id or a key of an earlier one in the call: the second statement finds them theirs. */
function firstOfEach(open: Open[]): Open[] {
  const seen = new Set<string>()
  return open.filter(({ run: { id, projectId, idempotencyKey } }) => {
    const names = idempotencyKey === null ? [id] : [id, `${projectId ?? ''}\n${idempotencyKey}`]
    const isFirst = !names.some((name) => seen.has(name))
    if (isFirst) for (const name of names) seen.add(name)
    return isFirst
  })
}

const COLUMNS = `${runColumns('r')}, r."idempotencyHash"`
const FIND_TAKEN = `
  SELECT x.n, found.* FROM jsonb_to_recordset($1::jsonb) AS x(n int, id text, "projectId" text, "idempotencyKey" text)
  CROSS JOIN LATERAL (
    SELECT ${COLUMNS} FROM runs r WHERE r.id = x.id
    UNION ALL
    SELECT ${COLUMNS} FROM runs r
    WHERE coalesce(r."projectId", '') = coalesce(x."projectId", '') AND r."idempotencyKey" = x."idempotencyKey"
    LIMIT 1
  ) found`
