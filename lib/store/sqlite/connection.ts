import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import { toUnavailable } from './unavailable.ts'

export type Row = Record<string, SQLOutputValue>
export type Param = SQLInputValue

/** One open database: prepared statements kept by their text, and transactions. All of it is synchronous. */
export interface Connection {
  all(sql: string, ...params: Param[]): Row[]
  get(sql: string, ...params: Param[]): Row | undefined
  run(sql: string, ...params: Param[]): void
  /** The database's clock: UTC with milliseconds, as text that sorts by time. */
  now(): string
  /** Runs `work`, of one statement, or of several that may each see another moment. */
  read<T>(work: () => T): T
  /** Runs reading `work` on the database as it is now, whatever others write meanwhile. */
  snapshot<T>(work: (now: string) => T): T
  /**
   * Runs `work` alone: it waits up to 5 seconds for other writers, then all of it happens or none. `now` is one moment
   * for all that it writes.
   */
  write<T>(work: (now: string) => T): T
}

/** Statement texts vary with the shape of a filter or a patch; this many are kept. */
const STATEMENTS = 500

/** Wraps an open database; `path` is for messages. */
export function connect(database: DatabaseSync, path: string): Connection {
  const statements = new Map<string, StatementSync>()

  function prepare(sql: string): StatementSync {
    const kept = statements.get(sql)
    if (kept !== undefined) return kept
    if (statements.size >= STATEMENTS) statements.clear()
    const statement = database.prepare(sql)
    statements.set(sql, statement)
    return statement
  }

  function read<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw toUnavailable(error, path)
    }
  }

  function inTransaction<T>(begin: string, work: (now: string) => T): T {
    connection.run(begin)
    try {
      const result = work(connection.now())
      connection.run('COMMIT')
      return result
    } catch (error) {
      // A full disk has rolled back by itself.
      if (database.isTransaction) connection.run('ROLLBACK')
      throw error
    }
  }

  const connection: Connection = {
    all: (sql, ...params) => prepare(sql).all(...params),
    get: (sql, ...params) => prepare(sql).get(...params),
    run: (sql, ...params) => void prepare(sql).run(...params),
    now: () => String(prepare(NOW).get()?.now),
    read,
    snapshot: (work) => read(() => inTransaction('BEGIN', work)),
    write: (work) => read(() => inTransaction('BEGIN IMMEDIATE', work)),
  }
  return connection
}

const NOW = `SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now') AS now`
