import { BEING_SWEPT, type Output, type OutputPosition, type OutputStore } from '../../ports/output-store.ts'
import type { Connection, Row } from './connection.ts'
import { plusMs } from './times.ts'
import { IS_OPEN } from './whether-open.ts'

/** The rows of output files in SQLite. */
export function createOutputStore(db: Connection): OutputStore {
  return {
    reserve: async (output) => db.write((now) => reserve(db, output, now)),
    get: async (...of) => db.read(() => one(db.get(GET, ...of))),
    commit: async (of, found) => db.write((now) => commit(db, of, found, now)),
    list: async (runId, { afterPath, limit }) =>
      db.read(() => db.all(LIST, runId, afterPath ?? '', limit).map(toOutput)),
    find: async (...of) => db.read(() => one(db.get(FIND, ...of))),
    abandoned: async ({ olderThanSeconds, limit, after = START }) =>
      db.read(() => {
        const before = plusMs(db.now(), -olderThanSeconds * 1_000)
        const from = [after.createdAt, after.runId, after.path, after.fence]
        return db.all(ABANDONED, before, ...from, limit).map(toOutput)
      }),
    startSweep: async ({ runId, fence, path, createdAt }) =>
      db.write(() => one(db.get(START_SWEEP, runId, fence, path, createdAt))),
    forget: async (outputs) =>
      db.write(() => {
        for (const { runId, fence, path, createdAt } of outputs)
          db.run(FORGET, runId, fence, path, createdAt ?? null)
      }),
  }
}

const one = (row: Row | undefined) => (row === undefined ? null : toOutput(row))
const toOutput = (row: Row) => ({ ...row }) as unknown as Output

/** Inside a write transaction only; so is `commit`. */
function reserve(db: Connection, output: Parameters<OutputStore['reserve']>[0], now: string): Output | null {
  const { runId, fence, path, bytes, sha256, contentType, objectKey, uploadId } = output
  if (!isOpen(db, runId, fence)) return null
  const before = one(db.get(GET, runId, fence, path))
  const isMissed = output.createdAt !== undefined && output.createdAt !== before?.createdAt
  if (isMissed) return one(db.get(GET_COMMITTED, runId, fence, path))
  const createdAt = before !== null && before.createdAt >= now ? plusMs(before.createdAt, 1) : now
  db.run(RESERVE, runId, fence, path, bytes, sha256, contentType, objectKey, uploadId, createdAt)
  return one(db.get(GET, runId, fence, path))
}

function commit(
  db: Connection,
  { runId, fence, path, createdAt }: Parameters<OutputStore['commit']>[0],
  { bytes, sha256, etag }: Parameters<OutputStore['commit']>[1],
  now: string,
): Output | null {
  if (!isOpen(db, runId, fence)) return null
  const committed = db.get(COMMIT, bytes, sha256, etag, now, runId, fence, path, createdAt ?? null)
  if (committed !== undefined) db.run(GROW, bytes, now, runId)
  return one(committed ?? db.get(GET_COMMITTED, runId, fence, path))
}

const isOpen = (db: Connection, runId: string, fence: number) => db.get(FIND_OPEN, runId, fence) !== undefined

const FIND_OPEN = `SELECT 1 FROM runs WHERE id = ? AND fence = ? AND ${IS_OPEN}`
const GET = `SELECT * FROM outputs WHERE runId = ? AND fence = ? AND path = ?`
const GET_COMMITTED = `${GET} AND committedAt IS NOT NULL`

const RESERVE = `
  INSERT INTO outputs (runId, fence, path, bytes, sha256, contentType, objectKey, uploadId, createdAt)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (runId, path, fence) DO UPDATE SET bytes = excluded.bytes, sha256 = excluded.sha256,
    contentType = excluded.contentType, objectKey = excluded.objectKey, uploadId = excluded.uploadId,
    createdAt = excluded.createdAt
  WHERE committedAt IS NULL`

const COMMIT = `
  UPDATE outputs SET bytes = ?, sha256 = ?, etag = ?, uploadId = NULL, committedAt = ?
  WHERE runId = ? AND fence = ? AND path = ? AND committedAt IS NULL AND createdAt = coalesce(?, createdAt)
    AND createdAt > '${BEING_SWEPT}' RETURNING *`
const GROW = `
  UPDATE runs SET outputBytes = outputBytes + ?, outputCount = outputCount + 1, updatedAt = ? WHERE id = ?`

const LIST = `
  SELECT * FROM outputs AS o WHERE runId = ? AND path > ? AND committedAt IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM outputs AS later
    WHERE later.runId = o.runId AND later.path = o.path AND later.fence > o.fence AND later.committedAt IS NOT NULL)
  ORDER BY path LIMIT ?`
const FIND = `
  SELECT * FROM outputs WHERE runId = ? AND path = ? AND committedAt IS NOT NULL ORDER BY fence DESC LIMIT 1`

const ABANDONED = `
  SELECT * FROM outputs WHERE committedAt IS NULL AND createdAt <= ? AND (createdAt, runId, path, fence) > (?, ?, ?, ?)
  ORDER BY createdAt, runId, path, fence LIMIT ?`
/** Before every row. */
const START: OutputPosition = { createdAt: BEING_SWEPT, runId: '', path: '', fence: 0 }

const START_SWEEP = `
  UPDATE outputs SET createdAt = '${BEING_SWEPT}'
  WHERE runId = ? AND fence = ? AND path = ? AND committedAt IS NULL AND createdAt = ? RETURNING *`
const FORGET = `
  DELETE FROM outputs
  WHERE runId = ? AND fence = ? AND path = ? AND committedAt IS NULL AND createdAt = coalesce(?, createdAt)`
