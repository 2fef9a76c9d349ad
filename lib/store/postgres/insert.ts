import type { Inserted, NewRun } from '../../ports/run-store.ts'
import { LedgerError } from '../../run/errors.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'
import { fromRow } from './row.ts'
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
    const open = runs.flatMap((run, n) => (answers[n] === undefined ? [toInput(run, n, scriptId(run))] : []))
    if (open.length === 0) break
    await insertRound(pool, open, answers)
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

type Input = ReturnType<typeof toInput>

function toInput(run: NewRun, n: number, scriptId: number | null) {
  const { started, runAt, ...columns } = run
  const delay = typeof runAt === 'string' ? { runAt } : { runInMs: runAt.inMs }
  return { n, ...columns, ...delay, scriptId, started: started !== undefined, ...started }
}

async function insertRound(pool: Pool, open: Input[], answers: (Inserted | undefined)[]): Promise<void> {
  const first = firstOfEach(open)
  const byId = new Map(first.map((input) => [input.id, input]))
  for (const row of await query(pool, ADD, [JSON.stringify(first)])) {
    const idempotencyHash = row.idempotencyHash as string | null
    const n = byId.get(row.id as string)?.n ?? 0
    answers[n] = { run: fromRow(row), inserted: true, idempotencyHash }
  }
  const taken = open.filter(({ n }) => answers[n] === undefined)
  if (taken.length === 0) return
  for (const { n, ...row } of await query(pool, FIND_TAKEN, [JSON.stringify(taken)])) {
    const idempotencyHash = row.idempotencyHash as string | null
    answers[n as number] = { run: fromRow(row), inserted: false, idempotencyHash }
  }
}

/** Without those that repeat an id or a key of an earlier one in the call: the second statement finds them theirs. */
function firstOfEach(open: Input[]): Input[] {
  const seen = new Set<string>()
  return open.filter(({ id, projectId, idempotencyKey }) => {
    const names = idempotencyKey === null ? [id] : [id, `${projectId ?? ''}\n${idempotencyKey}`]
    const isFirst = !names.some((name) => seen.has(name))
    if (isFirst) for (const name of names) seen.add(name)
    return isFirst
  })
}

const INPUT = `
  jsonb_to_recordset($1::jsonb) AS x(
    n int, id text, "projectId" text, kind text, name text, "scriptId" int, input jsonb, "idempotencyKey" text,
    "idempotencyHash" text, "maxAttempts" int, priority int, "runAt" timestamptz, "runInMs" float8, "timeoutSeconds" int,
    labels jsonb, "createdBy" text, started boolean, "workerId" text, "leaseSeconds" float8, "startedAt" timestamptz, pid int)`
const COLUMNS = `
  id, "projectId", kind, name, "scriptId", input, "idempotencyKey", "idempotencyHash", "maxAttempts", priority, "runAt",
  "timeoutSeconds", labels, "createdBy"`
const VALUES = `
  id, "projectId", kind, name, "scriptId", nullif(input, 'null'::jsonb), "idempotencyKey", "idempotencyHash", "maxAttempts",
  priority,
  date_trunc('milliseconds', coalesce("runAt", now() + coalesce("runInMs", 0) * interval '1 millisecond')), "timeoutSeconds", labels, "createdBy"`
// Batches that share keys take them in one order, or they would wait for each other.
const IN_ORDER = `ORDER BY "projectId", "idempotencyKey", id`

const ADD = `
  WITH x AS (
    SELECT *, CASE WHEN started THEN now() END AS at,
      CASE WHEN started THEN least(coalesce("startedAt", now()), now()) END AS began FROM ${INPUT}
  ), added AS (
    INSERT INTO runs (${COLUMNS}, state, origin, attempt, fence, "claimedBy", "claimedAt", "startedAt", "heartbeatAt",
      "leaseExpiresAt", pid, "folderName")
    SELECT ${VALUES}, CASE WHEN started THEN 'running' ELSE 'queued' END, CASE WHEN started THEN 'started' ELSE 'enqueued' END, started::int, started::int, "workerId", at, began, at,
      at + "leaseSeconds" * interval '1 second', pid, to_char(began::timestamptz(3) AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS_') || id
    FROM x ${IN_ORDER}
    ON CONFLICT DO NOTHING RETURNING *
  ), events AS (
    INSERT INTO run_events ("runId", type, actor, data)
    SELECT id, CASE state WHEN 'running' THEN 'run.started' ELSE 'run.enqueued' END, "createdBy", CASE state
      WHEN 'running' THEN jsonb_build_object('workerId', "claimedBy", 'fence', fence, 'attempt', attempt)
      ELSE jsonb_build_object('kind', kind) END
    FROM added
  )
  SELECT * FROM added`

const FIND_TAKEN = `
  SELECT x.n, found.* FROM ${INPUT} CROSS JOIN LATERAL (
    SELECT * FROM runs r WHERE r.id = x.id
    UNION ALL
    SELECT * FROM runs r
    WHERE coalesce(r."projectId", '') = coalesce(x."projectId", '') AND r."idempotencyKey" = x."idempotencyKey"
    LIMIT 1
  ) found`
