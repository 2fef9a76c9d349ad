import { closeSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { makeFolder } from '../../files/make-folder.ts'
import { isBusy } from './unavailable.ts'

export const MEMORY = ':memory:'

/**
 * Opens a database file in WAL mode, creating it (mode 0600) and its folders (0700) when they are absent; what exists
 * keeps its mode. Throws what SQLite or the file system throw.
 */
export async function openFile(path: string): Promise<DatabaseSync> {
  if (path === MEMORY) return new DatabaseSync(MEMORY)
  // Absolute, because SQLite takes `file:…` for a URI and an empty path for a temporary database.
  const absolute = resolve(path)
  await makeFolder(dirname(absolute))
  createFile(absolute)
  const database = new DatabaseSync(absolute, { timeout: 5_000 })
  try {
    await useWal(database)
    database.exec('PRAGMA synchronous = NORMAL')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/**
 * Only ever creates: opening and closing a file that exists would drop the locks that another connection of this process
 * holds on it (POSIX).
 */
function createFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** The change to WAL does not wait for a lock, so processes that open a new file together have to ask again. */
async function useWal(database: DatabaseSync): Promise<void> {
  for (let left = 250; ; left--) {
    try {
      if (database.prepare('PRAGMA journal_mode').get()?.journal_mode !== 'wal')
        database.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if (!isBusy(error) || left === 0) throw error
      await delay(20)
    }
  }
}
