import { rm } from 'node:fs/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migratePostgres } from '../../lib/store/postgres/migrate.ts'
import { createEmptyDatabase, type TestDatabase } from '../support/database.ts'
import { copyFirstMigrations } from '../support/first-migrations.ts'

/** The last that was released before cron and archives. */
const BEFORE = 3

const RUNS = 20_000
/** As an instance of then enqueued, ended a claimed run and rolled up, each in one statement. */
const ENQUEUE = `
  INSERT INTO runs (id, kind, state, "runAt") SELECT 'R' || n, 'k' || n % 8, 'queued', now() FROM generate_series(1, ${RUNS}) n`
const COMPLETE = `
  WITH due AS (
    SELECT id FROM runs WHERE state = 'queued' LIMIT 1 FOR UPDATE SKIP LOCKED
  ), ended AS (
    UPDATE runs SET state = 'succeeded', "startedAt" = now(), "finishedAt" = now() FROM due WHERE runs.id = due.id RETURNING runs.*
  )
  INSERT INTO run_stats_pending
  SELECT date_trunc('hour', "finishedAt", 'UTC'), '', kind, state, 0, 1, 0, 0, 0 FROM ended`
const ROLL_UP = `
  WITH taken AS (
    DELETE FROM run_stats_pending
    WHERE ctid = ANY(ARRAY(SELECT ctid FROM run_stats_pending LIMIT 50 FOR UPDATE SKIP LOCKED)) RETURNING *
  )
  INSERT INTO run_stats_hourly (hour, "projectId", kind, state, bucket, count, "durationMs", "logBytes", "outputBytes")
  SELECT hour, "projectId", kind, state, bucket, sum(count), 0, 0, 0 FROM taken GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
  ON CONFLICT (hour, "projectId", kind, state, bucket) DO UPDATE SET count = run_stats_hourly.count + excluded.count`

describe('a database in which instances of the release before go on working', () => {
  let database: TestDatabase
  let folder: string
  const clients: pg.Client[] = []
  const connected = async () => {
    const client = new pg.Client(database.url)
    await client.connect()
    clients.push(client)
    return client
  }
  beforeAll(async () => {
    database = await createEmptyDatabase()
    folder = await copyFirstMigrations('postgres', BEFORE)
    await migratePostgres(database.url, { folder })
    await (await connected()).query(ENQUEUE)
  })
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()))
    await database.drop()
    await rm(folder, { recursive: true })
  })

  it('is migrated without a deadlock, and counts each end once', async () => {
    let isThrough = false
    const repeat = async (statement: string) => {
      const client = await connected()
      for (let isLast = false; !isLast; ) {
        isLast = isThrough
        await client.query(statement)
      }
    }
    const load = Promise.all([COMPLETE, COMPLETE, ROLL_UP].map(repeat))
    const migrating = migratePostgres(database.url).finally(() => {
      isThrough = true
    })
    // Whichever of them met the other in a deadlock would be rejected.
    const [applied] = await Promise.all([migrating, load])
    expect(applied).toBeGreaterThan(BEFORE)

    const asker = await connected()
    const count = async (from: string) =>
      (await asker.query(`SELECT coalesce(sum(count), 0)::int AS count FROM ${from}`)).rows[0].count
    while ((await count('run_stats_pending')) > 0) await asker.query(ROLL_UP)
    const ended = await count(`(SELECT 1 AS count FROM runs WHERE state = 'succeeded') r`)
    expect(ended).toBeGreaterThan(0)
    for (const table of ['run_stats_hourly', 'run_stats_total', 'run_stats_daily'])
      expect(await count(table), table).toBe(ended)
  })
})
