import { access, chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { BetterSQLiteSession } from 'drizzle-orm/better-sqlite3/session'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { SQLiteSyncDialect } from 'drizzle-orm/sqlite-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MIGRATIONS } from '../../lib/store/sqlite/migrate.ts'
import { openSqlite } from '../../lib/store/sqlite/open.ts'
import { newRun } from '../support/make.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runledger-sqlite-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const at = (...names: string[]) => join(folder, ...names)

describe('a new file', () => {
  it('gets every migration, noted as drizzle notes them', async () => {
    const path = at('ledger.db')
    const store = await openSqlite({ path })
    expect(await names(path, 'table')).toEqual(expect.arrayContaining(['runs', 'scripts', 'run_events']))
    const applied = await store.raw('SELECT hash, created_at FROM __drizzle_migrations ORDER BY created_at')
    const files = readMigrationFiles({ migrationsFolder: MIGRATIONS })
    expect(applied).toEqual(files.map(({ hash, folderMillis }) => ({ hash, created_at: folderMillis })))
    await store.close()
  })

  it('is complete to drizzle’s own migrator', async () => {
    const path = at('ledger.db')
    await (await openSqlite({ path })).close()
    const before = await names(path, 'index')
    migrateWithDrizzle(path)
    expect(await names(path, 'index')).toEqual(before)
    expect(await query(path, 'SELECT count(*) AS count FROM __drizzle_migrations')).toEqual([
      { count: readMigrationFiles({ migrationsFolder: MIGRATIONS }).length },
    ])
  })

  it('made by drizzle’s own migrator is as good', async () => {
    const path = at('ledger.db')
    new DatabaseSync(path).close()
    migrateWithDrizzle(path)
    const store = await openSqlite({ path })
    await expect(store.runs.insert([newRun()])).resolves.toMatchObject([{ inserted: true }])
    await store.close()
  })

  it('and its folders are for their owner only', async () => {
    const path = at('home', 'data', 'ledger.db')
    const store = await openSqlite({ path })
    await store.runs.insert([newRun()])
    expect(await modeOf(at('home'))).toBe(0o700)
    expect(await modeOf(at('home', 'data'))).toBe(0o700)
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(await modeOf(file)).toBe(0o600)
    await store.close()
    await expect(access(`${path}-wal`)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('a file that exists', () => {
  it('keeps its runs and its mode', async () => {
    const path = at('ledger.db')
    const run = newRun()
    const first = await openSqlite({ path })
    await first.runs.insert([run])
    await first.close()
    await chmod(path, 0o640)
    const second = await openSqlite({ path })
    expect(await second.runs.get([run.id])).toMatchObject([{ id: run.id, state: 'queued' }])
    expect(await modeOf(path)).toBe(0o640)
    await second.close()
  })

  it('made by a newer program is refused, with what to do', async () => {
    const path = at('ledger.db')
    const store = await openSqlite({ path })
    await store.raw(`INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', 99999999999999)`)
    await store.close()
    await expect(openSqlite({ path })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/newer Runledger; upgrade/),
    })
  })

  it('that is not a database is refused and left as it is', async () => {
    const path = at('notes.txt')
    await writeFile(path, 'not a database, but long enough to have a header of a hundred bytes'.repeat(9))
    const { size } = await stat(path)
    await expect(openSqlite({ path })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(`${path} is not a SQLite database`),
    })
    expect(await stat(path)).toMatchObject({ size })
  })

  it('that is another program’s database is refused and gets no tables', async () => {
    const path = at('other.db')
    await query(path, 'CREATE TABLE bookmarks (url text)')
    await expect(openSqlite({ path })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('another program'),
    })
    expect(await names(path, 'table')).toEqual(['bookmarks'])
  })

  it('that is a folder, or below a file, is refused', async () => {
    await mkdir(at('folder'))
    await writeFile(at('file'), '')
    for (const path of [at('folder'), at('file', 'ledger.db'), at('file', 'deeper', 'ledger.db')])
      await expect(openSqlite({ path })).rejects.toMatchObject({ code: 'unavailable' })
  })
})

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777
}

async function names(path: string, type: 'table' | 'index'): Promise<unknown[]> {
  return (await query(path, `SELECT name FROM sqlite_schema WHERE type = '${type}' ORDER BY name`)).map(
    (row) => row.name,
  )
}

/** By a connection of its own, without the store. */
async function query(path: string, sql: string): Promise<Record<string, unknown>[]> {
  const database = new DatabaseSync(path)
  const rows = database.prepare(sql).all()
  database.close()
  return rows.map((row) => ({ ...row }))
}

function migrateWithDrizzle(path: string): void {
  const database = new DatabaseSync(path)
  const prepare = (sql: string) => {
    const statement = database.prepare(sql)
    const raw = () => {
      statement.setReturnArrays(true)
      return statement
    }
    return Object.assign(statement, { raw })
  }
  const dialect = new SQLiteSyncDialect()
  const session = new BetterSQLiteSession({ prepare } as never, dialect, undefined)
  dialect.migrate(readMigrationFiles({ migrationsFolder: MIGRATIONS }), session)
  database.close()
}
