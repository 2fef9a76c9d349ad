import type { LogChunk, LogState, LogStore, NewLogChunk } from '../../ports/log-store.ts'
import type { Connection, Row } from './connection.ts'
import { plusMs } from './times.ts'
import { IS_FINAL, TAKES_LOG } from './whether-open.ts'

/** The logs' rows in SQLite. */
export function createLogStore(db: Connection): LogStore {
  const state = (runId: string) => toState(db.get(STATE, runId))
  const chunk = (row: Row | undefined) => (row === undefined ? null : toChunk(row))
  return {
    state: async (runId) => db.read(() => state(runId)),
    chunkAt: async (...at) => db.read(() => chunk(db.get(CHUNK_AT, ...at))),
    lastChunk: async (...of) => db.read(() => chunk(db.get(LAST_CHUNK, ...of))),
    append: async (added) => db.write((now) => (append(db, added, now) ? state(added.runId) : null)),
    chunks: async (runId, fromPosition, limit) =>
      db.read(() => db.all(CHUNKS, runId, fromPosition, runId, fromPosition, limit).map(toChunk)),
    compactable: async ({ afterRunId, lostWaitSeconds, limit }) =>
      db.read(() => {
        const waitedSince = plusMs(db.now(), -lostWaitSeconds * 1_000)
        const after = afterRunId ?? ''
        return db.all(COMPACTABLE, after, waitedSince, limit).map(({ runId }) => String(runId))
      }),
    setObject: async (runId, { logFile, objectBytes, previousObjectBytes, markBytes = 0 }) =>
      db.write((now) => {
        const said = [logFile, objectBytes, objectBytes, now, markBytes]
        const where = [runId, objectBytes - markBytes, previousObjectBytes]
        return db.get(SET_OBJECT, ...said, ...where) !== undefined
      }),
    forgetChunks: async (runId) => db.write(() => db.all(FORGET, runId, runId).length),
  }
}

/** Adds a chunk where it is the next one of an open attempt, and says whether it was. Inside a write transaction only. */
function append(db: Connection, chunk: NewLogChunk, now: string): boolean {
  const { runId, fence, offset, sentBytes, bytes, sentSha256, sha256, objectKey, endsInKey } = chunk
  const grown = db.get(GROW, offset + sentBytes, bytes, now, runId, fence, offset)
  if (grown === undefined) return false
  const position = Number(grown.logBytes) - bytes
  if (bytes > 0)
    db.run(
      ADD,
      ...[runId, fence, offset, sentBytes, sentSha256, position, bytes, sha256, objectKey, Number(endsInKey)],
    )
  return true
}

function toState(row: Row | undefined): LogState | null {
  if (row === undefined) return null
  return { ...row, isFinal: row.isFinal === 1, isOpen: row.isOpen === 1 } as unknown as LogState
}

function toChunk(row: Row): LogChunk {
  return { ...row, endsInKey: row.endsInKey === 1 } as unknown as LogChunk
}

const STATE = `
  SELECT id AS runId, projectId, createdBy, fence, storageState, nextLogOffset AS nextOffset, logBytes AS bytes, logFinalOffset AS finalOffset,
    logFile, logObjectBytes AS objectBytes, ${IS_FINAL} AS isFinal, coalesce(${TAKES_LOG}, 0) AS isOpen
  FROM runs WHERE id = ?`

const CHUNK_AT = `SELECT * FROM log_chunks WHERE runId = ? AND fence = ? AND "offset" = ?`
const LAST_CHUNK = `SELECT * FROM log_chunks WHERE runId = ? AND fence = ? ORDER BY "offset" DESC LIMIT 1`

const GROW = `
  UPDATE runs SET nextLogOffset = ?, logBytes = logBytes + ?, updatedAt = ?
  WHERE id = ? AND fence = ? AND nextLogOffset = ? AND ${TAKES_LOG} RETURNING logBytes`
const ADD = `
  INSERT INTO log_chunks
    (runId, fence, "offset", sentBytes, sentSha256, position, bytes, sha256, objectKey, endsInKey)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

// From the one that holds the position, or the first after it: positions have an index, ends have none.
const CHUNKS = `
  SELECT * FROM log_chunks
  WHERE runId = ? AND position + bytes > ? AND position >= coalesce(
    (SELECT max(position) FROM log_chunks WHERE runId = ? AND position <= ?), 0)
  ORDER BY position LIMIT ?`

// The object covers whole chunks only: what begins before its end is in it.
const IS_COVERED = `
  EXISTS (SELECT 1 FROM log_chunks AS chunk WHERE chunk.runId = runs.id AND chunk.position < runs.logObjectBytes)`

/** From run to run in the chunks' index. */
const COMPACTABLE = `
  WITH RECURSIVE walked(runId) AS (
    SELECT min(runId) FROM log_chunks WHERE runId > ?
    UNION ALL
    SELECT (SELECT min(runId) FROM log_chunks WHERE runId > walked.runId) FROM walked WHERE walked.runId IS NOT NULL
  )
  SELECT runId FROM walked WHERE (
    SELECT CASE
      WHEN ${IS_FINAL} THEN errorCode IS NOT 'lost' OR finishedAt <= ? OR ${IS_COVERED}
      ELSE state = 'running' AND ${IS_COVERED} END
    FROM runs WHERE id = walked.runId
  ) LIMIT ?`

const SET_OBJECT = `
  UPDATE runs SET logFile = ?, logObjectBytes = ?, logBytes = ?, updatedAt = ?,
    nextLogOffset = CASE WHEN ? > 0 THEN coalesce(logFinalOffset, nextLogOffset) ELSE nextLogOffset END
  WHERE id = ? AND logBytes = ? AND logObjectBytes = ? RETURNING id`

const FORGET = `
  DELETE FROM log_chunks
  WHERE runId = ? AND position < (SELECT logObjectBytes FROM runs WHERE id = ?) RETURNING 1`
