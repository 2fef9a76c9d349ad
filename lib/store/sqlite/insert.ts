import type { Inserted, NewRun } from '../../ports/run-store.ts'
import { folderName } from '../../run/folder.ts'
import type { Connection, Param, Row } from './connection.ts'
import { addEvent } from './events.ts'
import { fromRow, labelsToJson } from './row.ts'
import { plusMs, toInstant, toText } from './times.ts'

/** Adds a run with its event, or finds the one that has its id or idempotency key. Inside a write transaction only. */
export function insertRun(db: Connection, run: NewRun, now: string): Inserted {
  const taken = findTaken(db, run)
  if (taken !== undefined) return toInserted(taken, false)
  const columns = { ...toColumns(run, now), scriptId: registerKind(db, run), ...toStarted(run, now) }
  const row = db.get(insertStatement(columns), ...Object.values(columns))
  if (row === undefined) throw new Error(`run ${run.id} was not inserted`)
  addEvent(db, { runId: run.id, actor: run.createdBy, at: now, ...firstEvent(run) })
  return toInserted(row, true)
}

function findTaken(db: Connection, run: NewRun): Row | undefined {
  const byId = db.get(`SELECT * FROM runs WHERE id = ?`, run.id)
  if (byId !== undefined || run.idempotencyKey === null) return byId
  return db.get(
    `SELECT * FROM runs WHERE ${PROJECT} = ? AND idempotencyKey = ?`,
    run.projectId ?? '',
    run.idempotencyKey,
  )
}

function toInserted(row: Row, inserted: boolean): Inserted {
  return { run: fromRow(row), inserted, idempotencyHash: row.idempotencyHash as string | null }
}

function toColumns(run: NewRun, now: string): Record<string, Param> {
  return {
    id: run.id,
    projectId: run.projectId,
    kind: run.kind,
    name: run.name,
    input: run.input === undefined || run.input === null ? null : JSON.stringify(run.input),
    state: 'queued',
    idempotencyKey: run.idempotencyKey,
    idempotencyHash: run.idempotencyHash,
    maxAttempts: run.maxAttempts,
    priority: run.priority,
    runAt: toInstant(typeof run.runAt === 'string' ? { at: run.runAt } : run.runAt, now),
    timeoutSeconds: run.timeoutSeconds,
    labels: labelsToJson(run.labels),
    createdBy: run.createdBy,
    createdAt: now,
    updatedAt: now,
  }
}

/** The number of a kind in its project, registered here when it is new. */
function registerKind(db: Connection, { projectId, kind }: NewRun): Param {
  const known = db.get(`SELECT id FROM scripts WHERE ${PROJECT} = ? AND name = ?`, projectId ?? '', kind)
  const script = known ?? db.get(REGISTER, projectId, kind)
  return script?.id ?? null
}

/** What a run has besides when it is born running. */
function toStarted({ id, started }: NewRun, now: string): Record<string, Param> {
  if (started === undefined) return {}
  const given = started.startedAt === null ? now : toText(started.startedAt)
  const startedAt = given < now ? given : now
  return {
    state: 'running',
    origin: 'started',
    attempt: 1,
    fence: 1,
    claimedBy: started.workerId,
    claimedAt: now,
    startedAt,
    heartbeatAt: now,
    leaseExpiresAt: started.leaseSeconds === null ? null : plusMs(now, started.leaseSeconds * 1_000),
    pid: started.pid,
    folderName: folderName(id, startedAt),
  }
}

function insertStatement(columns: Record<string, Param>): string {
  const names = Object.keys(columns)
  return `INSERT INTO runs (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')}) RETURNING *`
}

function firstEvent({ kind, started }: NewRun) {
  if (started === undefined) return { type: 'run.enqueued', data: { kind } } as const
  return { type: 'run.started', data: { workerId: started.workerId, fence: 1, attempt: 1 } } as const
}

/** As the unique indexes have it: null is a project of its own. */
const PROJECT = `(CASE WHEN projectId IS NULL THEN '' ELSE projectId END)`

const REGISTER = `INSERT INTO scripts (projectId, name) VALUES (?, ?) RETURNING id`
