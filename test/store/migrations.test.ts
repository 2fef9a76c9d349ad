import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  generateDrizzleJson,
  generateMigration,
  generateSQLiteDrizzleJson,
  generateSQLiteMigration,
} from 'drizzle-kit/api'
import pg from 'pg'
import { afterEach, describe, expect, inject, it } from 'vitest'
import { migratePostgres } from '../../lib/store/postgres/migrate.ts'
import { openPostgres } from '../../lib/store/postgres/open.ts'
import * as postgres from '../../lib/store/postgres/schema.ts'
import { openSqlite } from '../../lib/store/sqlite/open.ts'
import * as sqlite from '../../lib/store/sqlite/schema.ts'
import { createEmptyDatabase, type TestDatabase } from '../support/database.ts'
import { copyFirstMigrations } from '../support/first-migrations.ts'
import { useNeonRelay } from '../support/neon.ts'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '../..')
const MIGRATOR = join(import.meta.dirname, 'fixtures/migrate.ts')

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

describe('schema and migrations', () => {
  it('agree in Postgres', async () => {
    const last = lastSnapshot('postgres')
    const now = generateDrizzleJson(postgres, last.id)
    expect(await generateMigration(last as Parameters<typeof generateMigration>[0], now)).toEqual([])
  })

  it('agree in SQLite', async () => {
    const last = lastSnapshot('sqlite')
    const now = await generateSQLiteDrizzleJson(sqlite, last.id)
    expect(await generateSQLiteMigration(last as Parameters<typeof generateSQLiteMigration>[0], now)).toEqual(
      [],
    )
  })

  it('give runs the same columns on both engines', async () => {
    const [ofPostgres, ofSqlite] = [await emptyPostgres(), await emptySqlite()]
    await migratePostgres(ofPostgres.url)
    const pg = await openPostgres({ url: ofPostgres.url })
    const lite = await openSqlite({ path: ofSqlite })
    cleanups.unshift(
      () => pg.close(),
      () => lite.close(),
    )
    for (const table of ['runs', 'scripts', 'run_events', 'log_chunks', 'outputs']) {
      const there = await pg.raw(
        `SELECT column_name AS name FROM information_schema.columns WHERE table_name = '${table}'`,
      )
      const here = await lite.raw(`SELECT name FROM pragma_table_info('${table}')`)
      expect(namesOf(there), table).toEqual(namesOf(here))
    }
  })
})

describe.each([
  { engine: 'pg', open: async () => (await emptyPostgres()).url },
  { engine: 'neon', open: async () => (await emptyPostgres()).url },
  { engine: 'sqlite', open: emptySqlite },
])('migrating with $engine', ({ engine, open }) => {
  it('makes everything from nothing, once, by five processes at once', async () => {
    const place = await open()
    const relay = engine === 'neon' ? inject('neonRelay') : ''
    await Promise.all([1, 2, 3, 4, 5].map(() => run(process.execPath, [MIGRATOR, engine, place, relay])))
    expect(await appliedTo(engine, place)).toBe(countOf(engine === 'sqlite' ? 'sqlite' : 'postgres'))
  })
})

describe('a database of before logs were kept', () => {
  const RUN = `INSERT INTO runs (id, kind, state, "startedAt", "finishedAt", "logBytes")
    VALUES ('r1', 'k', 'succeeded', '2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.678Z', 7)`

  it('in Postgres says of each run that nothing of its log is kept', async () => {
    const { url } = await emptyPostgres()
    expect(await migratePostgres(url, { folder: await firstMigrations('postgres', 2) })).toBe(2)
    const store = await openPostgres({ url })
    cleanups.unshift(() => store.close())
    await store.raw(RUN)
    await migratePostgres(url)
    expect(await store.logs.state('r1')).toMatchObject({ bytes: 0, nextOffset: 0, objectBytes: 0 })
  })

  it('in SQLite says so too', async () => {
    const path = await emptySqlite()
    const before = await openSqlite({ path, migrationsFolder: await firstMigrations('sqlite', 2) })
    await before.raw(RUN)
    await before.close()
    const store = await openSqlite({ path })
    cleanups.unshift(() => store.close())
    expect(await store.logs.state('r1')).toMatchObject({ bytes: 0, nextOffset: 0, objectBytes: 0 })
  })
})

describe('a Postgres database of before there were metrics', () => {
  it('has all ends that were rolled up until then', async () => {
    const { url } = await emptyPostgres()
    expect(await migratePostgres(url, { folder: await firstMigrations('postgres', 3) })).toBe(3)
    const store = await openPostgres({ url })
    cleanups.unshift(() => store.close())
    await store.raw(
      `INSERT INTO run_stats_hourly VALUES ('2026-01-02T03:00Z', '', 'k', 'failed', 40, 2, 2000, 7, 0),
         ('2026-01-02T04:00Z', 'p', 'k', 'failed', 40, 1, 1000, 1, 5)`,
    )
    await migratePostgres(url)
    const { ends, ended } = await store.metrics.read({
      kinds: 50,
      recentSeconds: 60,
      powers: { first: 4, last: 28 },
      sweepKinds: [],
    })
    expect(ends).toEqual([{ kind: null, state: 'failed', power: 10, count: 3, sumMs: 3_000 }])
    expect(ended).toEqual([{ state: 'failed', count: 3, logBytes: 8, outputBytes: 5 }])
  })

  it('counts what an instance of then rolls up, before the next migration and after it, and its own once', async () => {
    const { url } = await emptyPostgres()
    expect(await migratePostgres(url, { folder: await firstMigrations('postgres', 6) })).toBe(6)
    const store = await openPostgres({ url })
    cleanups.unshift(() => store.close())
    const end = (more: string) =>
      store.raw(
        `INSERT INTO run_stats_pending VALUES ('2026-01-02T03:00Z', '', 'k', 'failed', 40, 1, 1000, 7, 0), ${more}`,
      )
    const rollUpAsThen = () =>
      store.raw(`
        WITH taken AS (
          DELETE FROM run_stats_pending
          WHERE ctid = ANY(ARRAY(SELECT ctid FROM run_stats_pending LIMIT 100 FOR UPDATE SKIP LOCKED)) RETURNING *
        ), added AS (
          INSERT INTO run_stats_hourly (hour, "projectId", kind, state, bucket, count, "durationMs", "logBytes", "outputBytes")
          SELECT hour, "projectId", kind, state, bucket, sum(count), sum("durationMs"), sum("logBytes"), sum("outputBytes")
          FROM taken GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
          ON CONFLICT (hour, "projectId", kind, state, bucket) DO UPDATE SET count = run_stats_hourly.count + excluded.count,
            "durationMs" = run_stats_hourly."durationMs" + excluded."durationMs",
            "logBytes" = run_stats_hourly."logBytes" + excluded."logBytes"
        )
        SELECT count(*)::int AS applied FROM taken`)
    const totals = () =>
      store.raw(
        `SELECT kind, ends::int, "endsMs"::int, count::int, "logBytes"::int FROM run_stats_total ORDER BY kind, state`,
      )
    const other = `('2026-01-02T04:00Z', '', 'm', 'failed', 40, 1, 1000, 1, 0)`
    await end(other)
    await rollUpAsThen()
    const once = (n: number, bytes: number) => ({ ends: n, endsMs: n * 1_000, count: n, logBytes: n * bytes })
    expect(await totals()).toEqual([])
    await migratePostgres(url)
    expect(await totals()).toEqual([
      { kind: 'k', ...once(1, 7) },
      { kind: 'm', ...once(1, 1) },
    ])
    // A run that is retried has ended all the same.
    await end(`('2026-01-02T04:00Z', '', 'm', 'failed', 40, -1, -1000, -1, 0)`)
    await rollUpAsThen()
    await end(other)
    await store.runs.rollUp(100)
    expect(await totals()).toEqual([
      { kind: 'k', ...once(3, 7) },
      { kind: 'm', ends: 2, endsMs: 2_000, count: 1, logBytes: 1 },
    ])
    expect(await store.raw('SELECT kind, count::int FROM run_stats_daily ORDER BY kind')).toEqual([
      { kind: 'k', count: 3 },
      { kind: 'm', count: 1 },
    ])
  })
})

describe('a database in use', () => {
  const BEFORE = 7
  /** Before a migration that changes the alerts, with somebody who has read these and has not ended. */
  async function held() {
    const { url } = await emptyPostgres()
    await migratePostgres(url, { folder: await firstMigrations('postgres', BEFORE) })
    const [holder, other] = [new pg.Client(url), new pg.Client(url)]
    for (const client of [holder, other]) {
      // The database may go first.
      client.on('error', () => {})
      await client.connect()
      cleanups.unshift(() => client.end())
    }
    await holder.query('BEGIN; LOCK TABLE alerts IN ACCESS SHARE MODE')
    return { url, holder, other }
  }

  it('is not stopped by a migration that waits for it, and is migrated when it may be', async () => {
    const { url, holder, other } = await held()
    let isThrough = false
    const migrating = migratePostgres(url).finally(() => {
      isThrough = true
    })
    const isWaiting = async () => {
      const { rows } = await other.query('SELECT 1 FROM pg_locks WHERE NOT granted')
      return rows.length
    }
    await expect.poll(isWaiting, { timeout: 30_000 }).toBeGreaterThan(0)
    // Behind the one that waits, and not for ever.
    await other.query('SELECT FROM alerts')
    expect(isThrough).toBe(false)
    await holder.query('COMMIT')
    expect(await migrating).toBe(countOf('postgres') - BEFORE)
  })

  it('whose tables are held for ever is not migrated, and says what to do', async () => {
    const { url, holder, other } = await held()
    await expect(migratePostgres(url, { tries: 2 })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/keeps holding a table.*pg_stat_activity/),
    })
    await holder.query('COMMIT')
    const { rows } = await other.query('SELECT FROM drizzle.__drizzle_migrations')
    expect(rows).toHaveLength(BEFORE)
  })
})

describe('migrating Postgres', () => {
  it('changes nothing the second time', async () => {
    const { url } = await emptyPostgres()
    expect(await migratePostgres(url)).toBeGreaterThan(0)
    expect(await migratePostgres(url)).toBe(0)
  })

  it('works through the Neon driver', async () => {
    useNeonRelay(inject('neonRelay'))
    const { url } = await emptyPostgres()
    expect(await migratePostgres(url, { driver: 'neon' })).toBeGreaterThan(0)
  })

  it('refuses a database that a newer Runledger has migrated', async () => {
    const { url } = await emptyPostgres()
    await migratePostgres(url)
    const store = await openPostgres({ url })
    cleanups.unshift(() => store.close())
    await store.raw(
      `INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('later', 9999999999999)`,
    )
    await expect(migratePostgres(url)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('upgrade'),
    })
  })

  it('says that a database which is not there cannot be reached', async () => {
    await expect(migratePostgres('postgres://x@127.0.0.1:1/x')).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('has what is through of a queue vacuumed soon, however large the table', async () => {
    const { url } = await emptyPostgres()
    await migratePostgres(url)
    const store = await openPostgres({ url })
    cleanups.unshift(() => store.close())
    const rows = await store.raw(
      `SELECT relname AS name FROM pg_class WHERE reloptions::text ~ 'autovacuum_vacuum_scale_factor=0(.0[12])?[,}]'`,
    )
    expect(namesOf(rows)).toEqual(
      expect.arrayContaining([
        'cron_job_executions',
        'deliveries',
        'log_chunks',
        'run_stats_pending',
        'runs',
      ]),
    )
  })

  it('keeps the indexes that source 004 asks for, in the order their readers want', async () => {
    const { url } = await emptyPostgres()
    await migratePostgres(url)
    const store = await openPostgres({ url })
    cleanups.unshift(() => store.close())
    const rows = (await store.raw(`SELECT indexdef FROM pg_indexes WHERE tablename = 'runs'`)) as {
      indexdef: string
    }[]
    const definitions = rows.map(({ indexdef }) => indexdef)
    for (const columns of [
      '"projectId", "createdAt" DESC, id DESC',
      'state, "createdAt" DESC, id DESC',
      'kind, "createdAt" DESC, id DESC',
    ])
      expect(
        definitions.some((text) => text.includes(`(${columns}`)),
        columns,
      ).toBe(true)
    expect(definitions.some((text) => text.includes('UNIQUE') && text.includes('"idempotencyKey"'))).toBe(
      true,
    )
  })
})

async function emptyPostgres(): Promise<TestDatabase> {
  const database = await createEmptyDatabase()
  cleanups.push(() => database.drop())
  return database
}

async function emptySqlite(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'runledger-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  return join(folder, 'runs.db')
}

async function firstMigrations(engine: string, count: number): Promise<string> {
  const folder = await copyFirstMigrations(engine, count)
  cleanups.push(() => rm(folder, { recursive: true }))
  return folder
}

async function appliedTo(engine: string, place: string): Promise<number> {
  const store = engine === 'sqlite' ? await openSqlite({ path: place }) : await openPostgres({ url: place })
  cleanups.unshift(() => store.close())
  const table = engine === 'sqlite' ? '__drizzle_migrations' : 'drizzle.__drizzle_migrations'
  return (await store.raw(`SELECT hash FROM ${table}`)).length
}

function lastSnapshot(engine: string): { id: string } {
  const last = String(countOf(engine) - 1).padStart(4, '0')
  return JSON.parse(readFileSync(join(ROOT, `drizzle/${engine}/meta/${last}_snapshot.json`), 'utf8'))
}

function countOf(engine: string): number {
  return JSON.parse(readFileSync(join(ROOT, `drizzle/${engine}/meta/_journal.json`), 'utf8')).entries.length
}

const namesOf = (rows: unknown[]) => (rows as { name: string }[]).map(({ name }) => name).sort()
