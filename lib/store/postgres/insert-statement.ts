import type { NewRun } from '../../ports/run-store.ts'
import { runColumns } from './run-row.ts'

/** What may be given of a run, how it is read, and what it is where nothing is. The last seven become columns by the clock. */
const GIVEN = {
  id: ['text'],
  projectId: ['text', null],
  kind: ['text'],
  name: ['text', null],
  scriptId: ['int', null],
  input: ['jsonb', null],
  idempotencyKey: ['text', null],
  idempotencyHash: ['text', null],
  maxAttempts: ['int', 1],
  priority: ['int', 1],
  timeoutSeconds: ['int', null],
  labels: ['jsonb', null],
  createdBy: ['text'],
  cronExecutionId: ['text', null],
  runAt: ['timestamptz', null],
  runInMs: ['float8', 0],
  started: ['boolean', false],
  workerId: ['text', null],
  leaseSeconds: ['float8', null],
  startedAt: ['timestamptz', null],
  pid: ['int', null],
} as const
type Name = keyof typeof GIVEN
type Row = Record<Name, unknown>
const NAMES = Object.keys(GIVEN) as Name[]
const COLUMNS = NAMES.slice(0, NAMES.indexOf('runAt'))

/**
 * The statement that adds these runs with their events, and its one value. It asks for no more than they have: most give a
 * handful of columns, and each that is asked for costs every run. `mayMeet`: where an id or a key is taken nothing is added;
 * else that is an error, which is cheaper to look out for.
 */
export function insertStatement(
  runs: NewRun[],
  scriptId: (run: NewRun) => number | null,
  mayMeet: boolean,
): { text: string; values: [json: string] } {
  const rows = runs.map((run) => toRow(run, scriptId(run)))
  const shape = NAMES.filter((name) => rows.some((row) => row[name] !== (GIVEN[name][1] ?? null)))
  return { text: textOf(shape, mayMeet), values: [JSON.stringify(rows.map((row) => pick(row, shape)))] }
}

function pick(row: Row, shape: Name[]): Partial<Row> {
  const picked: Partial<Row> = {}
  for (const name of shape) picked[name] = row[name]
  return picked
}

function toRow(run: NewRun, scriptId: number | null): Row {
  const { runAt, started, ...given } = run
  return {
    ...given,
    input: given.input ?? null,
    labels: Object.keys(given.labels).length === 0 ? null : given.labels,
    cronExecutionId: given.cronExecutionId ?? null,
    scriptId,
    runAt: typeof runAt === 'string' ? runAt : null,
    runInMs: typeof runAt === 'string' ? 0 : runAt.inMs,
    started: started !== undefined,
    workerId: started?.workerId ?? null,
    leaseSeconds: started?.leaseSeconds ?? null,
    startedAt: started?.startedAt ?? null,
    pid: started?.pid ?? null,
  }
}

const texts = new Map<string, string>()

function textOf(shape: Name[], mayMeet: boolean): string {
  const key = `${mayMeet} ${shape.join()}`
  const text = texts.get(key) ?? build(new Set(shape), mayMeet)
  texts.set(key, text)
  return text
}

function build(shape: Set<Name>, mayMeet: boolean): string {
  const someStarted = shape.has('started')
  const fields = NAMES.filter((name) => shape.has(name)).map((name) => `"${name}" ${GIVEN[name][0]}`)
  const columns: [name: string, value: string][] = [
    ...COLUMNS.filter((name) => shape.has(name)).map((name): [string, string] => [name, valueFor(name)]),
    ['runAt', `date_trunc('milliseconds', ${runAt(shape)})`],
    ...(someStarted ? startedColumns(shape) : [['state', `'queued'`] as [string, string]]),
  ]
  return `
    WITH added AS (
      INSERT INTO runs (${columns.map(([name]) => `"${name}"`).join(', ')})
      SELECT ${columns.map(([, value]) => value).join(', ')}
      FROM jsonb_to_recordset($1::jsonb) AS x(${fields.join(', ')})
      ${mayMeet ? 'ON CONFLICT DO NOTHING' : ''} RETURNING ${someStarted ? runColumns('runs') : WHAT_IS_NEW}
    ), events AS (
      INSERT INTO run_events ("runId", type, actor, data) SELECT id, ${someStarted ? FIRST_EVENT : ENQUEUED} FROM added
    )
    SELECT * FROM added`
}

/** What the database decides of a run in the queue, and what its event needs. */
const WHAT_IS_NEW = 'id, "createdAt", "runAt", kind, "createdBy"'

function valueFor(name: Name): string {
  if (name === 'labels') return `coalesce(x.labels, '{}')`
  // JSON's null is a value of jsonb.
  return name === 'input' ? `nullif(x.input, 'null'::jsonb)` : `x."${name}"`
}

function runAt(shape: Set<Name>): string {
  const delayed = shape.has('runInMs') ? `now() + x."runInMs" * interval '1 millisecond'` : 'now()'
  return shape.has('runAt') ? `coalesce(x."runAt", ${delayed})` : delayed
}

function startedColumns(shape: Set<Name>): [name: string, value: string][] {
  const given = (name: Name, value: string) => (shape.has(name) ? value : 'NULL')
  const began = `least(${given('startedAt', 'coalesce(x."startedAt", now())')}, now())`
  const ifStarted = (value: string) => `CASE WHEN x.started THEN ${value} END`
  const folder = `to_char(${began}::timestamptz(3) AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS_') || x.id`
  return [
    ['state', `CASE WHEN x.started THEN 'running' ELSE 'queued' END`],
    ['origin', `CASE WHEN x.started THEN 'started' ELSE 'enqueued' END`],
    ['attempt', 'x.started::int'],
    ['fence', 'x.started::int'],
    ['claimedBy', given('workerId', 'x."workerId"')],
    ['claimedAt', ifStarted('now()')],
    ['startedAt', ifStarted(began)],
    ['heartbeatAt', ifStarted('now()')],
    ['leaseExpiresAt', given('leaseSeconds', `now() + x."leaseSeconds" * interval '1 second'`)],
    ['pid', given('pid', 'x.pid')],
    ['folderName', ifStarted(folder)],
  ]
}

const ENQUEUED = `'run.enqueued', "createdBy", jsonb_build_object('kind', kind)`
const FIRST_EVENT = `
  CASE state WHEN 'running' THEN 'run.started' ELSE 'run.enqueued' END, "createdBy", CASE state
    WHEN 'running' THEN jsonb_build_object('workerId', "claimedBy", 'fence', fence, 'attempt', attempt)
    ELSE jsonb_build_object('kind', kind) END`
